// A single-page app that mounts widgets when a test says so.
import { EVENTS, HighHelpWidget, mount } from "/pay/widget/highhelp.js";

window.EVENTS = EVENTS;
window.mountWidget = (options, target = "#app") => (window.mounted = mount(document.querySelector(target), options));
window.isWidget = (element) => element instanceof HighHelpWidget;

// The life of one widget, from its mount through its form to its end.
window.lives = async (options, times) => {
  for (let i = 0; i < times; i++) {
    const widget = window.mountWidget(options);
    const ready = new Promise((done) => widget.addEventListener(EVENTS.ready, done, { once: true }));
    widget.start();
    await ready;
    widget.destroy();
  }
};
