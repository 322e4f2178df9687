// The page is a function of its address: /orders/ID shows an order, / the shop.
import { EVENTS, mount } from "/pay/widget/highhelp.js";

const main = document.querySelector("main");
let widget;

const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });

async function ask(method, path) {
  const answer = await fetch(path, { method, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function showShop() {
  const button = element("button", "Order one");
  button.addEventListener("click", async () => {
    const order = await ask("POST", "/api/orders");
    history.pushState(null, "", `/orders/${order.id}`);
    show();
  });
  main.replaceChildren(button);
}

async function showOrder(id) {
  const order = await ask("GET", `/api/orders/${id}`);
  if (order.paid) {
    main.replaceChildren(element("p", "Paid. It is on its way."));
    return;
  }
  main.replaceChildren(element("p", `A notebook, ${order.amount}`));
  // What the widget says is no proof: the order is read again, and the server
  // knows it from a signed callback. With a statusUrl, which an order has while
  // it is being paid, the widget starts by checking: the payer may be back.
  widget = mount(main, { orderId: id, ticketUrl: "/pay/tickets", amount: order.amount, statusUrl: order.status_url });
  widget.addEventListener(EVENTS.complete, (event) => {
    if (event.detail.status === "paid") show();
  });
}

async function show() {
  widget?.destroy();
  widget = undefined;
  try {
    const [, id] = location.pathname.match(/^\/orders\/(\w+)$/) ?? [];
    await (id ? showOrder(id) : showShop());
  } catch (problem) {
    main.replaceChildren(element("p", `Please try again: ${problem.message}`));
  }
}

addEventListener("popstate", show);
show();
