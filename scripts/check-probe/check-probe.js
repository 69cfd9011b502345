// Hands every message it gets to whoever runs the check in this process.
module.exports = function (RED) {
  function CheckProbe(config) {
    RED.nodes.createNode(this, config);
    this.on('input', (msg, _send, done) => {
      globalThis[Symbol.for('inference-webrtc.check-probe')]?.(config.tap, msg);
      done();
    });
  }
  RED.nodes.registerType('check-probe', CheckProbe);
};
