// Stands in for HighHelp's script in Script mode: it shows the payment page in
// a frame, and is done when that returns to the shop.
"use strict";
window.PaperShop = {
  form({ container, ticket, signal, onReady, onComplete }) {
    const frame = document.createElement("iframe");
    frame.title = "Payment form";
    frame.className = "payment-form";
    frame.src = ticket.url;
    frame.addEventListener("load", () => {
      let returned = false;
      try {
        returned = frame.contentWindow.location.origin === location.origin;
      } catch {
        // A page of another origin: the payer is still paying.
      }
      if (returned) onComplete();
      else onReady();
    });
    signal.addEventListener("abort", () => frame.remove());
    container.append(frame);
  },
};
