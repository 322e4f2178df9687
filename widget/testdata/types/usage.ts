// What a single-page app writes.
import { EVENTS, mount, type Init } from "../../widget.js";

const init: Init = async ({ container, ticket, signal, onReady }) => {
  container.textContent = ticket.payment_id;
  onReady();
  return { completed: new Promise((done) => signal.addEventListener("abort", done)), destroy: () => {} };
};

const widget = mount(document.body, {
  orderId: "1042",
  ticketUrl: "/pay/tickets",
  mode: "script",
  script: { url: "https://cdn.example/form.js", init },
  texts: { pay: "Buy" },
});
widget.addEventListener(EVENTS.complete, (event) => console.log(event.detail.status === "paid"));
document.addEventListener("highhelp:error", (event) => console.log(event.detail.code, widget.state));
widget.start();
widget.destroy();

// @ts-expect-error: an order is required
mount(document.body, { ticketUrl: "/pay/tickets" });
// @ts-expect-error: there is no such status
widget.addEventListener(EVENTS.complete, (event) => event.detail.status === "success");
