// A merchant's script. What its form does is in ticket.widget.how.
(() => {
  const draw = (container) => {
    const form = document.createElement("form");
    form.dataset.merchant = "";
    const label = document.createElement("label");
    label.append("Card number ", Object.assign(document.createElement("input"), { name: "card", inputMode: "numeric" }));
    form.append(label, Object.assign(document.createElement("button"), { textContent: "Pay with this form" }));
    container.append(form);
    return form;
  };
  const submitted = (form) =>
    new Promise((done) => {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        done();
      });
    });

  const ways = {
    async promise({ container }) {
      const completed = submitted(draw(container));
      return { completed, destroy: () => (window.destroyed = (window.destroyed ?? 0) + 1) };
    },
    callbacks({ container, signal, onReady, onProcessing, onComplete }) {
      const form = draw(container);
      onReady();
      submitted(form).then(() => {
        onProcessing();
        window.finish = onComplete;
      });
      signal.addEventListener("abort", () => (window.destroyed = (window.destroyed ?? 0) + 1));
    },
    cancel({ container, onCancel }) {
      submitted(draw(container)).then(onCancel);
    },
    fail({ container, onError }) {
      submitted(draw(container)).then(() => onError(new Error("the form broke")));
    },
    reject: ({ container }) => ({ completed: submitted(draw(container)).then(() => Promise.reject(new Error("the form broke"))) }),
    throws() {
      throw new Error("the form broke");
    },
    async rejects() {
      throw new Error("the form broke");
    },
    plain: ({ container }) => void draw(container),
    nothing() {},
  };
  window.HighHelp = {
    init(context) {
      window.seen = { ...context, container: context.container.dataset.part, keys: Object.keys(context) };
      return ways[context.ticket.widget.how](context);
    },
  };
})();
