// React 19: events are properties that begin with `on`.
import 'pix2pix-web/element';
import modelUrl from 'pix2pix-web/models/edges2emoji-ngf16.safetensors?url';
import { useRef, useState } from 'react';

export function Drawing() {
  const pad = useRef(null);
  const [words, setWords] = useState('Nothing is drawn yet.');
  return (
    <>
      <pix2pix-pad
        ref={pad}
        model={modelUrl}
        colors={8}
        auto="off"
        onpix2pix-change={() => setWords('Press Translate.')}
        onpix2pix-picture={({ detail }) => setWords(`It took ${Math.round(detail.milliseconds)} ms.`)}
        onpix2pix-error={({ detail }) => setWords(detail.message)}
      />
      <p>
        <button type="button" onClick={() => pad.current.clear()}>New sheet</button> <output>{words}</output>
      </p>
    </>
  );
}
