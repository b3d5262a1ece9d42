/** Puts each example and its own code on the page. */
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { mount } from 'svelte';
import { createApp } from 'vue';
import { Drawing } from './Drawing.jsx';
import react from './Drawing.jsx?raw';
import DrawingOfSvelte from './Drawing.svelte';
import svelte from './Drawing.svelte?raw';
import DrawingOfVue from './Drawing.vue';
import vue from './Drawing.vue?raw';
import './plain.js';
import plain from './plain.js?raw';

const place = (id) => document.querySelector(`#${id} .example`);

createRoot(place('react')).render(createElement(Drawing));
createApp(DrawingOfVue).mount(place('vue'));
mount(DrawingOfSvelte, { target: place('svelte') });

for (const [id, code] of Object.entries({ plain, react, vue, svelte })) document.querySelector(`#${id} code`).textContent = code;
