/*
 * What the dialogs learn about the server of a session: does it work, which workflows are there, which inputs and outputs
 * does one have. The runtime asks, with the key that it holds; what it answers is shown as text, never as HTML.
 */
(function () {
  'use strict';

  // Several nodes name this file: what was told is kept once.
  if (window.inferenceWebrtcDiscovery) return;

  /** Longer than the runtime waits. */
  const LIMIT_MS = 60_000;
  const OF_WORKFLOW = ['workflow', 'workspace', 'workflowId', 'workflowVersion', 'specification', 'specificationType'];
  const OF_SERVER = ['server', 'url', 'hostedUrl'];
  const OTHERS = ['keyTransport', 'tls', 'proxy', 'modelId', 'taskType', 'ffmpegPath'];
  const KEPT_SECRET = '__PWRD__';

  const port = (name, ...kinds) => ({ name, kinds });
  const image = { ...port('image', 'image'), kind: 'image' };
  /** Known without asking: as src/demo/demo-workflow.ts and src/signalling/model-specification.ts have them. */
  const BUILT_IN = {
    motion: {
      inputs: [image],
      outputs: [
        port('predictions', 'object_detection_prediction'),
        port('motion', 'boolean'),
        port('alarm', 'boolean'),
        port('image', 'image'),
      ],
      told: 'server',
    },
    model: { inputs: [image], outputs: [port('predictions'), port('image', 'image')], told: 'server' },
  };
  const MAX_TOLD = 50;
  const told = new Map();

  const word = (id, values) =>
    RED._('@inference-webrtc/node-red/webrtc-session:webrtc-session.discovery.' + id, values);

  /** The fields of a session as the editor holds it. */
  function heldFields(session) {
    const { apiKey, has_apiKey: hasKey } = session.credentials || {};
    // Before its dialog was open, the editor does not know whether there is a key.
    const isKept = session.credentials === undefined || hasKey;
    const fields = { id: session.id, apiKey: apiKey || (isKept ? KEPT_SECRET : '') };
    for (const name of [...OF_SERVER, ...OF_WORKFLOW, ...OTHERS]) fields[name] = session[name];
    return fields;
  }

  /** The fields of the session whose dialog is open. */
  function openFields(id) {
    const fields = { id, apiKey: $('#node-config-input-apiKey').val() };
    for (const name of [...OF_SERVER, ...OF_WORKFLOW, ...OTHERS]) {
      const value = $('#node-config-input-' + name).val();
      fields[name] = value === '_ADD_' ? '' : value;
    }
    return fields;
  }

  const fingerprint = (fields) => JSON.stringify([...OF_SERVER, ...OF_WORKFLOW].map((name) => fields[name] || ''));

  function remember(fields, described) {
    told.delete(fingerprint(fields));
    told.set(fingerprint(fields), described);
    if (told.size > MAX_TOLD) told.delete(told.keys().next().value);
  }

  /** What a specification says of itself; undefined for one without outputs, which is not written yet. */
  function ofSpecification({ workflow, specification, specificationType }) {
    if (workflow !== 'specification' || (specificationType || 'json') !== 'json') return undefined;
    try {
      const described = window.inferenceWebrtcInterface.interfaceOfSpecification(JSON.parse(specification));
      return described && described.outputs.length > 0 ? described : undefined;
    } catch (error) {
      return undefined;
    }
  }

  /** The interface for these fields, as far as it is known without asking. */
  function known(fields) {
    if (!fields) return undefined;
    return BUILT_IN[fields.workflow] || told.get(fingerprint(fields)) || ofSpecification(fields);
  }

  /** The runtime's answer; the request can be aborted, which the runtime hears. */
  function ask(what, fields) {
    const request = $.ajax({
      url: 'inference-webrtc/session/' + what,
      method: 'POST',
      contentType: 'application/json',
      data: JSON.stringify(fields),
      timeout: LIMIT_MS,
    });
    if (what === 'interface') request.done((described) => remember(fields, described));
    if (what === 'test') request.done(({ workflow }) => workflow && remember(fields, workflow));
    return request;
  }

  function failureText(request) {
    const error = (request.responseJSON || {}).error;
    return error ? error.message : word('noAnswer');
  }

  const kindsText = (kinds) =>
    kinds.map((kind) => (kind === '*' ? word('anything') : kind.replaceAll('_', ' '))).join(' / ');

  /** Outputs, and what stands in those whose form is known: paths for on-data, each with its kinds. */
  function outputPaths(described) {
    const quoted = (name) => (/[.[\]"']/.test(name) ? JSON.stringify([name]) : name);
    return (described ? described.outputs : []).flatMap(({ name, kinds, properties }) => {
      const path = quoted(name);
      const isDetections = kinds.some((kind) => /(detection|segmentation|keypoint).*prediction$/.test(kind));
      const inside = (properties || []).map((property) => ({
        path: path + (/^[^.[\]"']+$/.test(property.name) ? '.' : '') + quoted(property.name),
        kinds: property.kinds,
      }));
      return [
        { path, kinds },
        ...inside,
        ...(isDetections ? [{ path: path + '.predictions', kinds: ['list_of_objects'] }] : []),
      ];
    });
  }

  /** Completes a field; `offered` gives entries of name and kinds. Opens at once where nothing is entered yet. */
  function complete(input, offered, { separator } = {}) {
    const search = function (text) {
      const before = separator === undefined ? '' : text.slice(0, text.lastIndexOf(separator) + 1);
      const typed = text.slice(before.length).trim().toLowerCase();
      return offered()
        .filter(({ name }) => name.toLowerCase().includes(typed))
        .map(({ name, kinds, note }) => {
          const label = $('<div class="webrtc-offer"></div>').append($('<span></span>').text(name));
          const about = [kindsText(kinds), note].filter(Boolean).join(', ');
          if (about) label.append($('<small></small>').text(about));
          return { value: before === '' ? name : before + ' ' + name, label };
        });
    };
    input.autoComplete({ minLength: 0, search });
    input.on('click', () => {
      if (input.val() === '') open(input);
    });
  }

  /** Shows what is offered as if a key had been pressed. */
  function open(input) {
    input.trigger($.Event('keyup', { keyCode: 40 }));
  }

  /** In which type a parameter is entered, and with what. */
  function parameterValue({ kinds, default: usual }) {
    if (usual === undefined) {
      const types = { boolean: 'bool', integer: 'num', string: 'str', list_of_values: 'json', dictionary: 'json' };
      const kind = kinds.find((name) => types[name] || /^float/.test(name));
      return { type: kind === undefined ? 'str' : types[kind] || 'num', value: kind === 'boolean' ? 'true' : '' };
    }
    const type = { string: 'str', number: 'num', boolean: 'bool' }[typeof usual] || 'json';
    return { type, value: type === 'json' ? JSON.stringify(usual) : String(usual) };
  }

  window.inferenceWebrtcDiscovery = {
    ...{
      word,
      heldFields,
      openFields,
      known,
      ask,
      failureText,
      kindsText,
      outputPaths,
      complete,
      open,
      parameterValue,
    },
  };
})();
