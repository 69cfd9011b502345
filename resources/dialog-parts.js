/*
 * What more than one dialog needs: rules for fields, completing names, rows that come and go. Every node's html names
 * this file: a palette that was just installed loads its nodes side by side, so none may count on another's scripts.
 */
(function () {
  'use strict';

  const environment = /^\$\{[^}]+\}$/;
  // As nodes/runtime/output-path.ts reads them.
  const readablePath = /^(?:[^.[\]"]+|\["[^"]*"\]|\['[^']*'\])(?:\.[^.[\]"]+|\[\d+\]|\["[^"]*"\]|\['[^']*'\])*$/;

  const isPath = (text) => environment.test(text) || readablePath.test(text);

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

  /** Nodes of before a field existed have none: what the runtime takes then. */
  function fillIn(usual) {
    for (const [field, value] of Object.entries(usual)) {
      const input = $('#node-input-' + field);
      if (!input.val()) input.val(value);
    }
  }

  /** Completes from a list that depends on the session that is chosen at the moment. */
  function complete(input, listed) {
    input.autoComplete({
      minLength: 0,
      search: function (typed) {
        const session = RED.nodes.node($('#node-input-session').val());
        const matching = listed(session).filter((name) => name.toLowerCase().includes(typed.toLowerCase()));
        return matching.map((name) => ({ value: name, label: name }));
      },
    });
  }

  function streamNames(session) {
    if (!session) return [];
    const streams = RED.nodes.filterNodes({ type: 'webrtc-stream' }).filter((node) => node.session === session.id);
    return [...new Set(streams.map((node) => node.name).filter((name) => name))];
  }

  /** Rows about messages that come back, and an input only where messages mean something. */
  function showReturned({ returned, input }) {
    $('.webrtc-form [data-acknowledge]').toggle(returned);
    // The editor takes the wires of an input that goes away.
    $('#node-input-inputs').val(input ? 1 : 0);
  }

  /** The picture that the field `preview` asks for. */
  function showPreview(id) {
    fillIn({ preview: '' });
    if (!window.inferenceWebrtcLive) return;
    const field = $('#node-input-preview');
    const place = $('#webrtc-preview-place')[0];
    field.on(
      'change',
      window.inferenceWebrtcLive.showInDialog(id, place, () => field.val() || ''),
    );
  }

  window.inferenceWebrtcDialogs = {
    ...{ environment, isPath, isNumberBetween, current, fillIn },
    ...{ complete, streamNames, showReturned, showPreview },
  };
})();
