/*
 * The discovery of a server inside the dialog of `webrtc-session`: the test of the connection, the list of workflows, the
 * interface of one, and what follows from it for other fields.
 */
(function () {
  'use strict';

  const field = (name) => $('#node-config-input-' + name);
  const of = () => window.inferenceWebrtcDiscovery;

  /** One line of the test's result. */
  function line(outcome, text) {
    const icon = { passed: 'fa-check', failed: 'fa-times', unknown: 'fa-question' }[outcome];
    return $('<li></li>')
      .addClass('webrtc-step-' + outcome)
      .append($('<i class="fa" aria-hidden="true"></i>').addClass(icon), $('<span></span>').text(text));
  }

  function stepText({ step, outcome, error }, { version, workspace, workflow }) {
    const { word } = of();
    if (outcome === 'failed') return error.message;
    if (outcome === 'unknown') return word('unknown.' + step) + ' ' + error.message;
    const outputs = workflow ? workflow.outputs.map(({ name }) => name).join(', ') : '';
    return word('passed.' + step, { version: version || '?', workspace, outputs });
  }

  function interfaceText({ inputs, outputs, told }) {
    const { word, kindsText } = of();
    const about = ({ name, kinds, default: usual }) => {
      const facts = [kindsText(kinds), usual === undefined ? '' : word('usually', { value: JSON.stringify(usual) })];
      const known = facts.filter(Boolean).join(', ');
      return known ? name + ' (' + known + ')' : name;
    };
    const listed = (ports) => ports.map(about).join('; ') || word('none');
    const sentence = word('interface', { inputs: listed(inputs), outputs: listed(outputs) });
    return told === 'server' ? sentence : sentence + ' ' + word('namesOnly');
  }

  /** Image input and image output, where what stands there does not exist. Gives the sentences that tell it. */
  function fillIn({ inputs, outputs, told }) {
    const changes = [];
    const set = (name, value) => {
      field(name).val(value).trigger('change');
      changes.push(of().word('filledIn.' + name, { value }));
    };
    const images = inputs.filter(({ kind }) => kind === 'image').map(({ name }) => name);
    if (images.length > 0 && !images.includes(field('imageInput').val() || 'image')) set('imageInput', images[0]);
    const pictures = outputs.filter(({ kinds }) => kinds.includes('image')).map(({ name }) => name);
    const wanted = field('imageOutput').val();
    const isThere = outputs.some(({ name }) => name === wanted);
    if (told === 'server' && wanted && !isThere && pictures.length > 0) set('imageOutput', pictures[0]);
    return changes;
  }

  /** Makes the buttons work. The result's `close` ends what is under way. */
  function prepare(node) {
    const { word, openFields, known, ask, failureText, complete } = of();
    const fields = () => openFields(node.id);
    const interfaceNow = () => known(fields());
    const running = {};

    /** One request of a kind at a time; the newest counts. */
    function call(what, note, show) {
      if (running[what]) running[what].abort();
      note.text(word('asking')).show();
      const request = ask(what, fields());
      running[what] = request;
      request
        .done((answer) => note[0].isConnected && show(answer))
        .fail((failed, status) => status !== 'abort' && note.text(failureText(failed)))
        .always(() => {
          if (running[what] === request) running[what] = undefined;
        });
    }

    const testNote = $('#webrtc-session-test-note');
    $('#webrtc-session-test').on('click', () => {
      call('test', testNote, (report) => {
        const list = $('<ul class="webrtc-steps"></ul>');
        for (const step of report.steps) list.append(line(step.outcome, stepText(step, report)));
        const isOpen =
          report.workflow === null &&
          report.steps.every(({ step, outcome }) => {
            return outcome !== 'failed' && step !== 'workflow';
          });
        if (isOpen) list.append(line('unknown', word('workflowOpen')));
        testNote.empty().append(list);
        judgeAnew();
      });
    });

    const interfaceNote = $('#webrtc-session-interface-note');
    const readInterface = (note) => {
      call('interface', note, (described) => {
        note.text([interfaceText(described), ...fillIn(described)].join(' '));
        judgeAnew();
      });
    };
    $('#webrtc-session-interface').on('click', () => readInterface(interfaceNote));

    const choices = $('#webrtc-session-workflows');
    const listNote = $('#webrtc-session-workflows-note');
    $('#webrtc-session-list').on('click', () => {
      call('workflows', listNote, ({ workspace, workflows }) => {
        choices.empty().append($('<option>', { value: '', text: word('choose', { workspace }) }));
        for (const { id, name } of workflows) {
          choices.append($('<option>', { value: id, text: name === id ? id : name + ' (' + id + ')' }));
        }
        choices.data('workspace', workspace).prop('disabled', workflows.length === 0);
        const isListed =
          workspace === field('workspace').val() && workflows.some(({ id }) => id === field('workflowId').val());
        choices.val(isListed ? field('workflowId').val() : '');
        listNote.text(
          workflows.length === 0 ? word('noWorkflows', { workspace }) : word('listed', { count: workflows.length }),
        );
        if (workflows.length > 0) choices.trigger('focus');
      });
    });
    choices.on('change', (event) => {
      event.stopPropagation();
      if (choices.val() === '') return;
      field('workspace').val(choices.data('workspace'));
      field('workflowId').val(choices.val()).trigger('change');
      // Told where the choice was made.
      readInterface(listNote);
    });

    // A pasted address of the workflow's page holds both names.
    field('workspace')
      .add(field('workflowId'))
      .on('change', function () {
        const [found, workspace, id] =
          /roboflow\.com\/([^/?#]+)\/workflows\/(?:edit\/)?([^/?#]+)/.exec($(this).val()) || [];
        if (!found) return;
        field('workspace').val(decodeURIComponent(workspace));
        field('workflowId').val(decodeURIComponent(id)).trigger('change');
      });

    const ports = (described, side) => (described ? described[side] : []);
    const isImage = ({ kind, kinds }) => kind === 'image' || kinds.length === 0 || kinds.includes('image');
    complete(field('imageInput'), () => ports(interfaceNow(), 'inputs').filter(({ kind }) => kind === 'image'));
    complete(field('imageOutput'), () => ports(interfaceNow(), 'outputs').filter(isImage));
    complete(field('dataOutputs'), () => ports(interfaceNow(), 'outputs'), { separator: ',' });

    // An answer counts for what it was asked about.
    const SERVER = ['server', 'url', 'hostedUrl', 'apiKey', 'keyTransport', 'tls', 'proxy'];
    const asked = [...SERVER, 'workflow', 'workspace', 'workflowId', 'workflowVersion', 'modelId', 'specification'];
    let last = JSON.stringify(fields());
    $(asked.map((name) => '#node-config-input-' + name).join()).on('change input', () => {
      const now = JSON.stringify(fields());
      if (now === last) return;
      last = now;
      if (running.test) running.test.abort();
      testNote.empty();
      if (!running.interface) interfaceNote.empty();
    });

    function judgeAnew() {
      $('#node-config-webrtc-session-content input').trigger('change.webrtc');
    }

    return {
      close() {
        for (const request of Object.values(running)) if (request) request.abort();
      },
    };
  }

  /** A row of the list of parameters: names are offered, with type and default of the one that is taken. */
  function offerParameters(node, name, value) {
    const { openFields, known, complete, word, parameterValue } = of();
    const parameters = () => {
      const described = known(openFields(node.id));
      return (described ? described.inputs : []).filter(({ kind }) => kind === 'parameter');
    };
    complete(name, () =>
      parameters().map((parameter) => ({
        ...parameter,
        note: parameter.default === undefined ? '' : word('usually', { value: JSON.stringify(parameter.default) }),
      })),
    );
    name.on('change', () => {
      const chosen = parameters().find((parameter) => parameter.name === name.val().trim());
      if (chosen === undefined || value.typedInput('value') !== '') return;
      const usual = parameterValue(chosen);
      value.typedInput('type', usual.type);
      value.typedInput('value', usual.value);
    });
  }

  window.inferenceWebrtcSessionDiscovery = { prepare, offerParameters };
})();
