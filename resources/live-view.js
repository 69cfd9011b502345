/*
 * Pictures and numbers of running streams in the editor: under nodes on the canvas and in dialogs. Asks the runtime
 * only for what can be seen at the moment; whatever the runtime says is drawn as text, never as HTML.
 */
(function () {
  'use strict';

  const SVG = 'http://www.w3.org/2000/svg';
  const WIDTH = 200;
  /** Room for the status under a node. */
  const BELOW_NODE = 18;
  const PAUSE_MS = 300;
  /** Nothing to see, or nobody may: ask rarely. */
  const IDLE_MS = 1500;
  const STATE_MS = 1000;
  const COLORS = ['#e6194b', '#3cb44b', '#4363d8', '#f58231', '#911eb4', '#008080', '#9a6324', '#808000'];

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  /**
   * With the editor's token, which an address in an image would not carry. Null when there is nothing, undefined when
   * there was no answer.
   */
  function ask(what, id) {
    const url = 'inference-webrtc/' + what + '/' + encodeURIComponent(id);
    const asked = Promise.resolve($.ajax({ url, dataType: 'json', timeout: 8000, global: false }));
    return asked.then((answer) => answer ?? null).catch(() => undefined);
  }

  function isSeen(element) {
    // Checked first: what stands in a hidden tab measures nothing, at the top left.
    if (document.hidden || !element.isConnected || element.checkVisibility?.() === false) return false;
    const { top, bottom, left, right } = element.getBoundingClientRect();
    return bottom >= 0 && right >= 0 && top <= window.innerHeight && left <= window.innerWidth;
  }

  function colorOf(label) {
    let sum = 0;
    for (const letter of label.replace(/ \d+%$/, '')) sum = (sum * 31 + letter.codePointAt(0)) % 997;
    return COLORS[sum % COLORS.length];
  }

  function add(parent, name, attributes) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    parent.appendChild(element);
    return element;
  }

  /** Replaces what `group` holds by a picture of that width and its boxes; gives the height. */
  function draw(group, picture, { width, boxes }) {
    const height = (width * picture.height) / picture.width;
    group.replaceChildren();
    add(group, 'image', { width, height, href: 'data:image/jpeg;base64,' + picture.jpeg });
    const frame = { fill: 'none', stroke: 'var(--red-ui-node-border, #999)', 'stroke-width': 1 };
    add(group, 'rect', { class: 'webrtc-preview-frame', width, height, ...frame });
    for (const shape of boxes ? picture.shapes : []) drawShape(group, shape, { width, height });
    return height;
  }

  function drawShape(group, { label, box, points, keypoints }, { width, height }) {
    const color = colorOf(label);
    const line = { fill: 'none', stroke: color, 'stroke-width': 1.5 };
    if (points.length > 2) {
      const corners = points.map(([x, y]) => x * width + ',' + y * height).join(' ');
      add(group, 'polygon', { points: corners, ...line, fill: color, 'fill-opacity': 0.2 });
    }
    for (const [x, y] of keypoints) add(group, 'circle', { cx: x * width, cy: y * height, r: 2, fill: color });
    const [left, top, wide, high] = box || [0, 0, 0, 0];
    if (box) {
      const rect = { x: left * width, y: top * height, width: wide * width, height: high * height };
      add(group, 'rect', { class: 'webrtc-preview-box', ...rect, ...line });
    }
    // About what the letters take, so that a label at the edge stays inside.
    const room = width - label.length * 4.8;
    const text = add(group, 'text', {
      ...{
        x: Math.max(1, Math.min(left * width + 1, room)),
        y: Math.max(9, top * height - 2),
        'font-size': 9,
        fill: '#fff',
      },
      ...{ stroke: color, 'stroke-width': 2.5, 'paint-order': 'stroke', 'font-family': 'sans-serif' },
    });
    text.textContent = label;
  }

  /** Draws into `target` for as long as it is there and wanted. */
  async function watch({ id, target, mode, width, onHeight }) {
    while (target.isConnected && mode() !== '') {
      const picture = isSeen(target) ? await ask('preview', id) : undefined;
      const boxes = mode() === 'boxes';
      if (picture && target.isConnected && mode() !== '') onHeight(draw(target, picture, { width: width(), boxes }));
      await pause(picture ? PAUSE_MS : IDLE_MS);
    }
    target.replaceChildren();
    target.remove();
  }

  /** Under the nodes of the tab that is shown. */
  function showOnCanvas() {
    for (const type of ['on-frame', 'webrtc-stream']) {
      for (const node of RED.nodes.filterNodes({ type })) {
        const place = node.preview ? document.getElementById(node.id) : null;
        if (place === null || place.querySelector(':scope > .webrtc-preview') !== null) continue;
        const target = add(place, 'g', { class: 'webrtc-preview', 'pointer-events': 'none' });
        // Something to be seen, so that it is known when it is.
        add(target, 'rect', { width: WIDTH, height: 1, fill: 'none' });
        const move = () => target.setAttribute('transform', 'translate(0,' + ((node.h || 30) + BELOW_NODE) + ')');
        move();
        void watch({ id: node.id, target, mode: () => node.preview || '', width: () => WIDTH, onHeight: move });
      }
    }
  }

  /** In an open dialog, as wide as there is room; `mode` gives '', 'picture' or 'boxes'. */
  function showInDialog(id, container, mode) {
    const svg = add(container, 'svg', { class: 'webrtc-preview', width: '100%', height: 0 });
    const width = () => Math.max(100, Math.min(480, container.clientWidth));
    const target = add(svg, 'g', {});
    const onHeight = (height) => svg.setAttribute('height', String(height));
    const run = () => {
      if (!svg.isConnected || mode() === '') return;
      // Room from the start: most pictures are as wide as that.
      onHeight((width() * 9) / 16);
      void watch({ id, target: target.isConnected ? target : svg.appendChild(target), mode, width, onHeight }).then(
        () => onHeight(0),
      );
    };
    run();
    return run;
  }

  const word = (id, values) => RED._('@inference-webrtc/node-red/webrtc-session:webrtc-session.live.' + id, values);
  const number = (value, digits) => (value === null ? '–' : Number(value).toFixed(digits));

  function rowsOf(state) {
    const { source, counts } = state;
    const rows = [['state', [word('phase.' + state.phase), state.reason].filter(Boolean).join(': ')]];
    if (source) {
      const size = source.width ? source.width + ' × ' + source.height : '';
      const rate = source.fps ? number(source.fps, 0) + ' fps' : '';
      rows.push(['video', [source.codec, size, rate].filter(Boolean).join(', ')]);
      rows.push(['way', word('path.' + source.path) + (source.reason ? ': ' + source.reason : '')]);
    }
    rows.push(['rate', word('perSecond', { fps: number(state.fps, 1) })]);
    if (state.latencyMs !== null) rows.push(['latency', state.latencyMs + ' ms']);
    if (counts) rows.push(['counts', word('counted', counts)]);
    return rows;
  }

  /** A table for each stream of the node, once a second while the dialog is open. */
  async function showState(id, container) {
    const root = $(container).addClass('webrtc-live');
    while (container.isConnected) {
      const answer = isSeen(container) ? await ask('live', id) : undefined;
      if (answer !== undefined) {
        // Null: the node is not deployed yet.
        const { streams } = answer ?? { streams: [] };
        root.empty().append($('<div class="webrtc-live-title"></div>').text(word('title')));
        if (streams.length === 0) root.append($('<div></div>').text(word('none')));
        for (const state of streams) {
          $('<div class="webrtc-live-stream"></div>').text(state.stream).appendTo(root);
          const table = $('<table></table>').appendTo(root);
          for (const [label, text] of rowsOf(state)) {
            $('<tr></tr>')
              .append($('<th></th>').text(word(label)), $('<td></td>').text(text))
              .appendTo(table);
          }
        }
      }
      await pause(STATE_MS);
    }
  }

  setInterval(showOnCanvas, 1000);
  window.inferenceWebrtcLive = { showInDialog, showState };
})();
