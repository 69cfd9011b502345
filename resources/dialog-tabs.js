/*
 * The tabs of a dialog: the editor's own, which know only the mouse, with keys, roles and a mark where a field has a
 * problem. Every node's html that has tabs names this file, as with dialog-parts.js.
 */
(function () {
  'use strict';

  const word = (id) => RED._('@inference-webrtc/node-red/webrtc-session:webrtc-session.' + id);

  /** The one that a key leads to; undefined for a key that means nothing here. */
  function targetOf(key, at, count) {
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: count - 1 };
    return key in steps ? (steps[key] + count) % count : undefined;
  }

  function addMark(link) {
    const mark = $('<i class="fa fa-exclamation-triangle webrtc-tab-mark" role="img"></i>');
    mark
      .attr({ 'aria-label': word('tab.problem'), title: word('tab.problem') })
      .hide()
      .appendTo(link);
  }

  /**
   * Turns an empty `ul` and the panels in `content` into tabs; `labelOf` names a panel by the end of its id. In the
   * result `mark` marks those with a field that has a problem, `openProblem` shows the first of them.
   */
  function showTabs({ list, content, labelOf }) {
    const ul = $('#' + list).attr('role', 'tablist');
    const panels = $('#' + content).children();
    const linkOf = (panel) => ul.find('a[href="#' + panel.id + '"]');
    const tabs = RED.tabs.create({
      id: list,
      onchange: ({ id }) => {
        panels.each(function () {
          const isShown = this.id === id;
          $(this).toggle(isShown);
          linkOf(this).attr({ 'aria-selected': String(isShown), tabindex: isShown ? 0 : -1 });
        });
      },
    });
    panels.each(function () {
      const label = labelOf(this.id.replace(/^.*-tab-/, ''));
      tabs.addTab({ id: this.id, label });
      const isFirst = panels[0] === this;
      const link = linkOf(this).attr({ id: this.id + '-label', role: 'tab', 'aria-controls': this.id, title: label });
      link
        .attr({ 'aria-selected': String(isFirst), tabindex: isFirst ? 0 : -1 })
        .parent()
        .attr('role', 'presentation');
      addMark(link);
      $(this).attr({ role: 'tabpanel', 'aria-labelledby': this.id + '-label' });
    });
    ul.on('keydown', 'a', function (event) {
      const at = panels.index($($(this).attr('href')));
      const next = panels[targetOf(event.key, at, panels.length)];
      if (next === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      tabs.activateTab(next.id);
      linkOf(next).trigger('focus');
    });
    setTimeout(() => tabs.resize(), 0);

    const hasProblem = (panel) => $(panel).find('[aria-invalid="true"]').length > 0;
    return {
      mark: () => panels.each((_, panel) => void linkOf(panel).find('.webrtc-tab-mark').toggle(hasProblem(panel))),
      openProblem: () => {
        const first = panels.toArray().find(hasProblem);
        if (first) tabs.activateTab(first.id);
      },
    };
  }

  window.inferenceWebrtcTabs = { showTabs };
})();
