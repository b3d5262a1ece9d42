// <pix2pix-pad colors="8">
//   <button slot="tools" type="button">Save</button>
//   <p slot="placeholder">Draw an apple!</p>
// </pix2pix-pad>
import 'pix2pix-web/element';
import modelUrl from 'pix2pix-web/models/edges2emoji-ngf16.safetensors?url';

const pad = document.querySelector('#plain pix2pix-pad');
pad.model = modelUrl;
pad.addEventListener('pix2pix-picture', ({ detail }) => {
  document.querySelector('#plain output').textContent = `It took ${Math.round(detail.milliseconds)} ms.`;
});

pad.querySelector('button').addEventListener('click', async () => {
  const blob = await pad.toBlob();
  if (blob === null) return;
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: 'picture.png' });
  link.click();
  URL.revokeObjectURL(link.href);
});
