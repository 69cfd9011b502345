/*
 * What more than one dialog needs: rules for fields, completing names, rows that come and go. Every node's html names
 * this file: a palette that was just installed loads its nodes side by side, so none may count on another's scripts.
 */
(function () {
  'use strict';

  const environment = /^\$\{[^}]+\}$/;
  // nodes/runtime/output-path.ts; looked up when asked, for the editor runs the scripts of a node in any order.
  const segmentsOf = (path) => window.inferenceWebrtcPaths.parseOutputPath(path);

  const isPath = (text) => environment.test(text) || segmentsOf(text) !== undefined;

  /** Of a field that may stay empty: then the runtime takes the usual value. */
  function isNumberBetween(min, max, value) {
    if (value === '' || value === undefined || environment.test(value)) return true;
    return Number(value) >= min && Number(value) <= max;
  }

  /** What the open dialog says, else what the node holds: a rule may depend on another field. */
  function current(node, formId, field) {
    const input = $('#' + formId + ' #node-input-' + field);
    return input.length > 0 ? input.val() : node[field];
  }

  const word = (id, values) => RED._('@inference-webrtc/node-red/webrtc-session:webrtc-session.' + id, values);

  /** The rule of the hidden field `schema`. */
  function isKnownSchema(value, opt) {
    return Number(value || 0) <= window.inferenceWebrtcSchema.SCHEMA || word('error.schema', { schema: value });
  }

  /** Shows an older node as what it means in the newest schema, and gives that. A later one is shown as it is. */
  function upgrade(node, prefix) {
    const migration = window.inferenceWebrtcSchema.migrate(node.type, node);
    if (migration.kind === 'newer') return node;
    for (const field of Object.keys(node._def.defaults)) {
      const input = $('#' + prefix + '-' + field);
      const value = migration.config[field];
      if (input.length === 0 || value === node[field] || typeof value === 'object') continue;
      if (input.is(':checkbox')) input.prop('checked', value === true);
      else input.val(value);
    }
    return migration.config;
  }

  /** Nodes of a type that use a session. */
  function listeners(type, sessionId) {
    return RED.nodes.filterNodes({ type }).filter((node) => node.session === sessionId);
  }

  /** Whether a session asks for pictures at all. */
  function wantsVideo({ id, video = 'auto' }) {
    return video === 'always' || (video === 'auto' && listeners('on-frame', id).length > 0);
  }

  /** A sentence about an output that the workflow does not have; undefined where all is well, or not known. */
  function unknownOutput(described, name) {
    if (!described || described.outputs.some((output) => output.name === name)) return undefined;
    const outputs = described.outputs.map((output) => output.name).join(', ');
    return word('error.unknownOutput', { name, outputs: outputs || word('discovery.none') });
  }

  const openSession = () => $('#node-input-session').val();

  /** What is known of the workflow of a session, by its id. */
  function interfaceOfSession(id) {
    const session = RED.nodes.node(id);
    return session && window.inferenceWebrtcDiscovery.known(window.inferenceWebrtcDiscovery.heldFields(session));
  }

  /** The output that a path begins with. */
  function firstOfPath(path) {
    return segmentsOf(path)?.[0] ?? path;
  }

  /** Completes a path from the outputs of the session's workflow; gives what opens the list. */
  function offerOutputs(input, fits = () => true) {
    const { complete: offer, open, outputPaths } = window.inferenceWebrtcDiscovery;
    offer(input, () => {
      const paths = outputPaths(interfaceOfSession(openSession())).filter(fits);
      return paths.map(({ path, kinds }) => ({ name: path, kinds }));
    });
    return () => open(input);
  }

  /** Asks for the outputs of the chosen session, once for each; `place` tells them, `learned` is called then. */
  function learnOutputs(place, learned) {
    const { ask, failureText, heldFields, known, word: say } = window.inferenceWebrtcDiscovery;
    let asked;
    const tell = (text) => place.text(text).attr('title', text);
    const show = () => {
      const described = interfaceOfSession(openSession());
      const names = described ? described.outputs.map(({ name }) => name).join(', ') : '';
      tell(names === '' ? '' : say('outputs', { outputs: names }));
      learned();
    };
    const learn = () => {
      const session = RED.nodes.node(openSession());
      if (asked) asked.abort();
      show();
      const described = session && known(heldFields(session));
      if (!session || (described && described.told === 'server')) return;
      if (session.workflow === 'specification' && (session.specificationType || 'json') !== 'json') return;
      if (!described) tell(say('asking'));
      asked = ask('interface', heldFields(session))
        .done(() => place[0].isConnected && show())
        .fail((request, status) => !described && status !== 'abort' && tell(failureText(request)));
    };
    $('#node-input-session').on('change', learn);
    learn();
  }

  /** A field of a list, which the editor does not judge by itself. */
  function showVerdict(input, problem) {
    input.toggleClass('input-error', problem !== undefined);
    input.attr({ 'aria-invalid': problem === undefined ? null : 'true', title: problem || null });
  }

  /** Fields without a label of their own are named by the row that they belong to, and their unit. */
  function nameFields(form) {
    let owner = '';
    form.find('input:not([type=hidden]), select').each(function () {
      const own = form
        .find('label[for="' + this.id + '"]')
        .text()
        .trim();
      if (own !== '') owner = own;
      else if (!$(this).attr('aria-label')) {
        const unit = $(this).closest('.form-row').find('span').last().text().trim();
        $(this).attr('aria-label', [owner, unit].filter(Boolean).join(', '));
      }
    });
  }

  /**
   * The sentence about the first field that cannot be used, in the dialog's own line: a tooltip needs a mouse. A dialog
   * with `tabs` marks those of them that have such a field, and is opened at the first.
   */
  function showProblems(node, { prefix, form, tabs }) {
    // The editor puts the texts in after this.
    setTimeout(() => nameFields(form), 0);
    const place = form.closest('.webrtc-form').find('.webrtc-problem');
    const judge = () => {
      let said = '';
      for (const [field, { validate }] of Object.entries(node._def.defaults)) {
        const input = $('#' + prefix + '-' + field);
        if (!validate || input.length === 0) continue;
        const verdict = validate.call(node, input.is(':checkbox') ? input.prop('checked') : input.val(), {});
        input.attr('aria-invalid', verdict === true ? null : 'true');
        if (said === '' && typeof verdict === 'string') said = verdict;
      }
      // Rows of lists are judged by themselves.
      said = said || form.find('.input-error[title]').first().attr('title') || '';
      if (place.text() !== said) place.text(said);
      if (tabs) tabs.mark();
    };
    form.on('change keyup paste input webrtc:judge', 'input, select', () => setTimeout(judge, 0));
    judge();
    if (tabs) tabs.openProblem();
  }

  /** Completes with the names of the streams that the chosen session has. */
  function offerStreams(input) {
    window.inferenceWebrtcDiscovery.complete(input, () => {
      const names = listeners('webrtc-stream', openSession()).map(({ name }) => name);
      return [...new Set(names.filter(Boolean))].map((name) => ({ name, kinds: [] }));
    });
  }

  /** Rows about messages that come back, and an input only where messages mean something. */
  function showReturned({ returned, input }) {
    $('.webrtc-form [data-acknowledge]').toggle(returned);
    // The editor takes the wires of an input that goes away.
    $('#node-input-inputs').val(input ? 1 : 0);
  }

  /** The picture that the field `preview` asks for. */
  function showPreview(id) {
    if (!window.inferenceWebrtcLive) return;
    const field = $('#node-input-preview');
    const place = $('#webrtc-preview-place')[0];
    field.on(
      'change',
      window.inferenceWebrtcLive.showInDialog(id, place, () => field.val() || ''),
    );
  }

  window.inferenceWebrtcDialogs = {
    ...{ environment, isPath, isNumberBetween, current },
    ...{ offerStreams, showReturned, showPreview },
    ...{ isKnownSchema, upgrade, listeners, wantsVideo, unknownOutput, showProblems, showVerdict },
    ...{ interfaceOfSession, firstOfPath, offerOutputs, learnOutputs },
  };
})();
