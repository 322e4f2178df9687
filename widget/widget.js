// The HighHelp widget: a pay button, and all that follows it until the server
// says how the payment ended. It enhances the form of each <highhelp-widget>;
// if anything below can't run here, that form pays as plain HTML does.
// widget.d.ts documents what a page may use. ScriptHandler serves this file
// without its comments and indentation, so no text may run over several lines.

/**
 * @import {
 *   Code, EndStatus, HighHelpWidget as Declared, Init, Options, ScriptOptions, State, Texts, Ticket
 * } from "./widget.d.ts"
 */

/**
 * Every event of the element. They bubble.
 * @satisfies {typeof import("./widget.d.ts").EVENTS}
 */
export const EVENTS = Object.freeze(
  /** @type {const} */ ({
    loading: "highhelp:loading",
    ready: "highhelp:ready",
    processing: "highhelp:processing",
    complete: "highhelp:complete",
    error: "highhelp:error",
  }),
);

const TAG = "highhelp-widget";

/** The states, and what may follow each. @type {Record<State, State[]>} */
const NEXT = {
  idle: ["loading", "processing", "success", "declined"],
  loading: ["ready", "processing", "success", "failed", "blocked", "idle"],
  ready: ["processing", "success", "declined", "expired", "failed", "blocked", "idle"],
  processing: ["loading", "success", "declined", "failed", "idle"],
  success: [],
  declined: ["loading"],
  expired: ["loading", "processing", "success", "declined"],
  failed: ["loading", "processing", "success", "declined", "idle"],
  blocked: ["loading", "processing", "success", "declined", "idle"],
};

/** States that interrupt the payer. @type {State[]} */
const ALARMS = ["declined", "expired", "failed", "blocked"];

/** States in which the server may know more than the page. @type {State[]} */
const WATCHED = ["ready", "processing", "expired", "failed", "blocked"];

/** After these the page no longer shows the truth: only reading it anew helps. @type {Code[]} */
const STALE = ["amount_changed", "needs_review", "unchecked"];

/** What a server may refuse a ticket with. @type {Code[]} */
const REFUSALS = ["order_paid", "amount_changed", "in_progress", "needs_review"];

const BUSY = [429, 502, 503, 504];

const SECOND = 1000;
const PATIENCE = 8 * SECOND; // until a slow start is admitted to
const SLOW = 10 * SECOND; // until a slow result is
const GRACE = 60 * SECOND; // after the expiry, for who is just paying; the server asks for as much before a new attempt
const TIMEOUT = 30 * SECOND;
const STATUS_TIMEOUT = 10 * SECOND;
const POLL = { first: SECOND, shown: 3 * SECOND, factor: 1.3, last: 20 * SECOND };

/** What is said as long as no texts have come. @type {Partial<Texts>} */
const SPARE = {
  pay: "Pay",
  pay_amount: "Pay {amount}",
  retry: "Try again",
  loading: "Loading…",
  link: "Go to the payment page",
  checking: "Checking your payment…",
  success: "Payment received.",
  declined: "The payment was declined.",
};
const SPARE_TEXT = "Something went wrong. Please try again.";

/** A failure that the payer is told about; the message is its code. */
class Failure extends Error {
  /** @param {Code} code */
  constructor(code) {
    super(code);
  }
}

/** @param {number} ms @returns {Promise<void>} */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * The one door for addresses: https, this page's origin, or this very machine.
 * @param {unknown} text
 * @param {string} [base]
 */
function safe(text, base) {
  /** @type {URL | undefined} */
  let url;
  try {
    url = new URL(String(text), base);
  } catch {}
  const local = url && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url && (url.protocol === "https:" || (url.protocol === "http:" && (local || url.origin === location.origin)))) return url.href;
  throw new Failure("other");
}

/**
 * Fetches JSON; null if the answer is something else.
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {number} timeout in milliseconds
 * @param {RequestInit} [init]
 */
async function ask(url, signal, timeout, init) {
  const stop = new AbortController();
  const abort = () => stop.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    abort();
  }, timeout);
  signal.addEventListener("abort", abort);
  try {
    const response = await fetch(url, { ...init, signal: stop.signal });
    const body = await response.json().catch((error) => {
      if (error instanceof SyntaxError) return null; // a proxy's error page, for example
      throw error;
    });
    return { response, body };
  } catch {
    throw new Failure(late ? "timeout" : "network");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/**
 * Asks for the order's ticket. Asking twice gives the same ticket, so a line
 * that broke gets a second chance.
 * @param {Options} options
 * @param {AbortSignal} signal
 * @returns {Promise<{ticket: Ticket, until: number, statusUrl: string}>} until is on the clock of this machine, or NaN
 */
async function askTicket(options, signal) {
  const url = safe(options.ticketUrl, document.baseURI);
  const send = () =>
    ask(url, signal, options.timeout || TIMEOUT, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ order_id: options.orderId }),
    });
  const { response, body } = await send().catch(async (error) => {
    await pause(SECOND);
    if (signal.aborted || error.message !== "network") throw error;
    return send();
  });
  if (!response.ok) {
    const code = body?.error?.code;
    throw new Failure(REFUSALS.includes(code) ? code : BUSY.includes(response.status) ? "busy" : "other");
  }
  const ticket = { ...body, url: safe(body?.url) };
  const now = Date.parse(response.headers.get("Date") ?? "") || Date.now(); // clocks of phones are often wrong
  return {
    ticket,
    until: Date.now() + Date.parse(ticket.expires_at) - now,
    statusUrl: ticket.status_url ? safe(ticket.status_url, url) : "",
  };
}

// What Script mode has loaded, by address. A failed one is forgotten, so that
// trying again can help.
/** @type {Map<string, Promise<void>>} */
const scripts = new Map();

/** @type {{createScriptURL(url: string): any} | undefined} */
let policy;

/** The nonce of the page's policy; the attribute is hidden from style sheets, the property is not. */
const nonce = () => /** @type {HTMLScriptElement | null} */ (document.querySelector("script[nonce]"))?.nonce ?? "";

/**
 * @param {HTMLScriptElement | HTMLLinkElement} element
 * @param {string} [integrity]
 */
function vouch(element, integrity) {
  element.nonce = nonce();
  if (!integrity) return;
  element.integrity = integrity;
  element.crossOrigin = "anonymous";
}

/** @param {ScriptOptions} options */
function loadScript({ url, integrity }) {
  const href = safe(url, document.baseURI);
  const known = scripts.get(href);
  if (known) return known;
  const loading = new Promise((/** @type {(value: void) => void} */ done, fail) => {
    const script = document.createElement("script");
    vouch(script, integrity);
    script.onload = () => done();
    script.onerror = () => {
      script.remove();
      fail();
    };
    const types = /** @type {any} */ (globalThis).trustedTypes;
    if (types) policy ??= types.createPolicy("highhelp", { createScriptURL: safe });
    script.src = policy ? policy.createScriptURL(href) : href;
    document.head.append(script);
  }).catch(() => {
    scripts.delete(href);
    throw new Failure("blocked");
  });
  scripts.set(href, loading);
  return loading;
}

/**
 * Finds a function such as HighHelp.init among the globals.
 * @param {ScriptOptions["init"]} name
 * @returns {Init | undefined}
 */
function findInit(name) {
  if (typeof name === "function") return name;
  /** @type {any} */
  let owner;
  /** @type {any} */
  let found = globalThis;
  for (const part of String(name).split(".")) {
    owner = found;
    found = owner?.[part];
  }
  return typeof found === "function" ? found.bind(owner) : undefined;
}

/**
 * Writes "1500.00 RUB" as the payer's language does.
 * @param {string} amount
 * @param {string} locale
 */
function money(amount, locale) {
  const [number = "", currency = ""] = amount.split(" ");
  const digits = number.split(".")[1]?.length ?? 0;
  try {
    const format = new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      trailingZeroDisplay: "stripIfInteger",
    });
    return format.format(/** @type {any} */ (number)); // as text it keeps every digit
  } catch {
    return amount;
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} part
 * @param {Record<string, string>} [attributes]
 * @param {...Node} children
 */
function make(tag, part, attributes = {}, ...children) {
  const element = document.createElement(tag);
  element.dataset.part = part;
  for (const name in attributes) element.setAttribute(name, attributes[name] ?? "");
  element.append(...children);
  return element;
}

/**
 * Puts up the parts that the markup of a widget leaves out.
 * @param {HTMLElement} root
 * @param {Options | null} options
 */
function build(root, options) {
  const { orderId = "", ticketUrl = "", mode = "redirect" } = options ?? {};
  const part = (/** @type {string} */ name) => /** @type {HTMLElement | null} */ (root.querySelector(`[data-part="${name}"]`));
  const status = part("status") ?? make("div", "status", { role: "status", tabindex: "-1" });
  const alert = part("alert") ?? make("div", "alert", { role: "alert", tabindex: "-1" });
  const amount = make("span", "amount");
  const timer = make("span", "timer", { role: "timer" });
  const box = make("div", "box");
  const stage = make("section", "stage", { tabindex: "-1" }, make("div", "bar", {}, amount, timer), box);
  const label = part("label") ?? make("span", "label");
  const busy = make("span", "busy");
  const button = part("button") ?? make("button", "button", { type: "submit" }, label);
  const id = make("input", "order", { type: "hidden", name: "order_id", value: orderId });
  const form = part("form") ?? make("form", "form", { method: "post", action: ticketUrl, autocomplete: "off" }, id, button);
  const note = part("note") ?? make("span", "note");
  const link = make("a", "link");
  const foot = part("foot") ?? make("div", "foot", {}, note);
  button.append(busy);
  foot.append(" ", link);
  if (form.parentNode === root) form.before(stage);
  else root.append(status, alert, stage, form, foot);
  root.setAttribute("dir", "auto");
  root.dataset.mode = mode;
  return { status, alert, amount, timer, box, stage, label, busy, button, form, note, link };
}

const Base = globalThis.HTMLElement ?? class {}; // a server that renders the page may import this module

/** @implements {Declared} */
export class HighHelpWidget extends Base {
  /**
   * The scripts that markup may name, as the addresses of this module have
   * them: markup that somebody smuggled into the page must not choose one,
   * because 'strict-dynamic' would let this script load it.
   * @type {Set<string | undefined>}
   */
  static named = new Set();

  /** @type {State} */
  #state = "idle";
  /** @type {Code | ""} Which text explains the state. */
  #code = "";
  /** @type {Options | null} */
  #options = null;
  /** @type {Partial<Texts>} */
  #texts = SPARE;
  /** @type {Awaited<ReturnType<typeof askTicket>> | null} */
  #order = null;
  #statusUrl = "";
  #touched = false; // the payer has used it: only then may it take the focus
  #open = false; // the form is on the page
  #eager = false; // to be started when it can be

  /** What listens ends with it. @type {AbortController | null} */
  #life = null;
  /** The attempt under way, and its form. @type {AbortController | null} */
  #run = null;
  /** The question to the server that is not answered yet. @type {AbortController | null} */
  #look = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pollTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #clockTimer;
  #wait = POLL.first;
  #since = 0; // when checking began
  #warned = false; // that little time is left

  /** @type {ReturnType<typeof build> | null} */
  #parts = null;

  get state() {
    return this.#state;
  }

  get code() {
    return this.#code;
  }

  get options() {
    return this.#options;
  }

  set options(value) {
    this.#options = value;
  }

  start() {
    this.#eager = !this.#parts; // not on the page yet, or its texts are still to come
    if (this.#eager) return;
    const action = this.#action();
    if (action === "reload") location.reload();
    else if (action && this.#options && this.#to("loading", "loading")) this.#begin(this.#options);
  }

  destroy() {
    this.remove();
  }

  // Life on the page

  connectedCallback() {
    this.#life = new AbortController();
    const { signal } = this.#life;
    if (document.readyState !== "loading") this.#connect(signal);
    else document.addEventListener("DOMContentLoaded", () => this.#connect(signal), { signal }); // its children are still to come
  }

  disconnectedCallback() {
    this.#life?.abort();
    this.#look?.abort();
    clearTimeout(this.#pollTimer);
    this.#close();
    if (this.#state === "loading" || this.#state === "ready") this.#to("idle");
  }

  /** @param {AbortSignal} signal */
  async #connect(signal) {
    try {
      this.#options ??= { ...JSON.parse(this.dataset.options ?? ""), script: null };
    } catch {
      return; // no options: a plain form, if anything
    }
    const { texts, statusUrl } = /** @type {Options} */ (this.#options);
    this.#texts = { ...this.#texts, ...texts };
    if (!texts?.pay || !texts.other) await Promise.race([this.#fetchTexts(signal), pause(SECOND)]);
    if (signal.aborted) return;
    this.#parts ??= build(this, this.#options);
    for (const type of ["message", "pageshow", "online"]) window.addEventListener(type, this, { signal });
    document.addEventListener("visibilitychange", this, { signal });
    document.addEventListener("securitypolicyviolation", this, { signal });
    this.addEventListener("submit", this, { signal });
    this.#paint();
    if (statusUrl && this.#state === "idle") {
      try {
        this.#statusUrl = safe(statusUrl, document.baseURI);
      } catch {} // then there is nobody to ask, and the payer learns that
      this.#check();
    } else if (this.#eager) this.start();
    else this.#watch(0);
  }

  /**
   * Gets texts in the language of the page, or in one that the browser asks
   * for.
   * @param {AbortSignal} signal
   */
  async #fetchTexts(signal) {
    const url = new URL("texts.json", import.meta.url);
    url.searchParams.set("lang", this.#locale());
    const { body } = await ask(url.href, signal, STATUS_TIMEOUT).catch(() => ({ body: null }));
    this.lang = body?.lang ?? "en";
    this.#texts = { ...this.#texts, ...body?.texts, ...this.#options?.texts };
    this.#paint();
  }

  #locale() {
    const page = /** @type {HTMLElement | null | undefined} */ (this.closest("[lang]"))?.lang;
    return this.#options?.locale || page || "";
  }

  /** @param {Event} event */
  handleEvent(event) {
    if (event.type === "submit") {
      if (event.target !== this.#parts?.form) return; // a form of the merchant's script
      this.#touched = true;
      this.start();
      event.preventDefault(); // last: had the lines above failed, the plain form would still be sent
    } else if (event instanceof MessageEvent) {
      this.#hear(event);
    } else if (event instanceof SecurityPolicyViolationEvent) {
      if (event.effectiveDirective === "frame-src" && this.#open && this.#order?.ticket.url.startsWith(event.blockedURI)) this.#fail("blocked");
    } else {
      const shown = event instanceof PageTransitionEvent;
      if (shown && !event.persisted) return; // the first time, not again
      if (shown && !this.#embedded && (this.#state === "loading" || this.#state === "ready")) this.#reset(); // back from the payment page
      this.#wait = POLL.first;
      this.#tick();
      this.#watch(0, true);
    }
  }

  // One attempt: ticket, form, end

  get #embedded() {
    const mode = this.#options?.mode;
    return mode === "frame" || mode === "script";
  }

  /** @param {Options} options */
  async #begin(options) {
    const run = (this.#run = new AbortController());
    const patience = setTimeout(() => this.#state === "loading" && this.#to("loading", "patience"), PATIENCE);
    try {
      const order = await askTicket(options, run.signal);
      if (run.signal.aborted) return;
      this.#order = order;
      this.#statusUrl = order.statusUrl;
      if (this.#embedded) await this.#show(order.ticket, run.signal, options);
      else if (this.#to("ready", "ready")) location.assign(order.ticket.url);
      if (run.signal.aborted) return;
      this.#wait = POLL.shown;
      this.#watch(this.#wait);
    } catch (error) {
      if (run.signal.aborted) return;
      if (error instanceof Failure) this.#fail(/** @type {Code} */ (error.message));
      else this.#broken(error);
    } finally {
      clearTimeout(patience);
    }
  }

  /**
   * Puts the form on the page, and waits until there is something to see.
   * @param {Ticket} ticket
   * @param {AbortSignal} signal
   * @param {Options} options
   */
  async #show(ticket, signal, options) {
    this.#open = true;
    this.#paint();
    this.#focus("stage");
    const shown = options.mode === "frame" ? this.#showFrame(ticket, signal) : this.#showScript(ticket, signal, options);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Failure("timeout")), options.timeout || TIMEOUT);
      signal.addEventListener("abort", fail);
    });
    await Promise.race([shown, late]).finally(() => clearTimeout(timer));
    if (this.#state !== "loading" || !this.#to("ready", "shown")) return;
    const frame = this.querySelector("iframe");
    if (frame && this.#hasFocus()) frame.focus();
    this.#tick();
  }

  /**
   * @param {Ticket} ticket
   * @param {AbortSignal} signal
   */
  #showFrame(ticket, signal) {
    const bytes = crypto.getRandomValues(new Uint32Array(4));
    const frame = make("iframe", "frame", {
      title: this.#text("title"),
      name: RETURNED + [...bytes].map((n) => n.toString(36)).join(""),
      allow: "payment; clipboard-write",
      referrerpolicy: "strict-origin",
      src: ticket.url,
    });
    const loaded = new Promise((done) => {
      frame.addEventListener(
        "load",
        () => {
          if (this.#cameHome(frame, ticket)) return this.#end();
          done(null);
          this.#watch(0); // a step may have been the last, even if the page after it can't be framed
        },
        { signal },
      );
    });
    this.#parts?.box.replaceChildren(frame);
    return loaded;
  }

  /**
   * Reports whether the payment page has sent the payer back to the shop. Only
   * a page of our own origin lets us read where it is.
   * @param {HTMLIFrameElement} frame
   * @param {Ticket} ticket
   */
  #cameHome(frame, ticket) {
    try {
      return frame.contentWindow?.location.origin === location.origin && new URL(ticket.url).origin !== location.origin;
    } catch {
      return false;
    }
  }

  /**
   * A return page on another origin of the shop says so itself, by the last
   * lines of this module.
   * @param {MessageEvent} event
   */
  #hear(event) {
    const frame = this.querySelector("iframe");
    const origin = this.#options?.returnOrigin ?? location.origin;
    if (!frame || event.origin !== origin || event.source !== frame.contentWindow) return;
    if (event.data?.type === RETURNED && RETURNED + event.data.nonce === frame.name) this.#end();
  }

  /**
   * Hands the ticket to the function that the shop names. It is shown when the
   * function says so, when its promise is fulfilled, or when there is something
   * in the container.
   * @param {Ticket} ticket
   * @param {AbortSignal} signal
   * @param {Options} options
   */
  async #showScript(ticket, signal, options) {
    const script = options.script ?? this.#namedScript();
    if (!findInit(script.init)) await loadScript(script);
    const init = findInit(script.init);
    if (!init || signal.aborted) throw new Failure("form");
    const container = make("div", "container");
    /** @type {(f: (value?: unknown) => void) => (value?: unknown) => void} */
    const live = (f) => (value) => {
      if (!signal.aborted) f(value);
    };
    const end = live(() => this.#end());
    const fail = live((error) => this.#broken(error));
    /** @type {Promise<void>} */
    const shown = new Promise((done) => {
      const watcher = new MutationObserver(() => done());
      watcher.observe(container, { childList: true });
      signal.addEventListener("abort", () => watcher.disconnect());
      this.#parts?.box.replaceChildren(container);
      const { status_url, ...rest } = ticket; // the token in it is nobody else's business
      const result = init({
        container,
        ticket: rest,
        locale: this.#locale() || "en",
        signal,
        onReady: () => done(),
        onProcessing: live(() => this.#to("processing", "processing")),
        onComplete: end,
        onCancel: live(() => this.#reset()),
        onError: fail,
      });
      Promise.resolve(result).then((value) => {
        if (result) done();
        const destroy = () => value?.destroy?.();
        signal.addEventListener("abort", destroy);
        if (signal.aborted) destroy();
        value?.completed?.then(end, fail);
      }, fail);
    });
    return shown;
  }

  /** @returns {ScriptOptions} */
  #namedScript() {
    const query = this.dataset.script;
    if (!query || !HighHelpWidget.named.has(query)) throw new Failure("form");
    const values = new URLSearchParams(query);
    return { url: values.get("url") ?? "", init: values.get("init") ?? "", integrity: values.get("integrity") ?? "" };
  }

  /** The browser says that it is over. That is no proof: ask. */
  #end() {
    this.#close();
    this.#check();
  }

  #check() {
    this.#since = Date.now();
    this.#wait = POLL.first;
    if (!this.#to("processing", "checking")) return;
    if (this.#statusUrl) this.#watch(0);
    else this.#to("failed", "unchecked");
  }

  #close() {
    this.#run?.abort();
    this.#run = null;
    clearTimeout(this.#clockTimer);
    this.#open = false;
    this.#parts?.box.replaceChildren();
  }

  #reset() {
    this.#close();
    this.#to("idle");
  }

  /** @param {Code} code */
  #fail(code) {
    this.#close();
    if (code === "order_paid") this.#to("success", code);
    else if (code === "needs_review") this.#to("processing", code);
    else this.#to(code === "blocked" ? "blocked" : "failed", code);
    this.#watch(this.#wait);
  }

  /**
   * The payer learns that there is no form, and those who watch over the page
   * learn why.
   * @param {unknown} error
   */
  #broken(error) {
    this.#fail("form");
    if (error) globalThis.reportError?.(error);
  }

  // What the server says

  /**
   * Asks how the payment stands, ever more rarely, and only while somebody
   * looks at the page.
   * @param {number} delay in milliseconds
   * @param {boolean} [once] also where nothing is to be expected
   */
  #watch(delay, once) {
    clearTimeout(this.#pollTimer);
    const wanted = WATCHED.includes(this.#state) || (once && this.#state === "idle");
    if (!this.#statusUrl || document.hidden || !wanted || !this.isConnected) return;
    this.#pollTimer = setTimeout(() => this.#poll(), delay);
  }

  async #poll() {
    this.#look?.abort();
    const look = (this.#look = new AbortController());
    /** @type {Code} */
    let code = Date.now() - this.#since > SLOW ? "slow" : "checking";
    try {
      const { response, body } = await ask(this.#statusUrl, look.signal, STATUS_TIMEOUT, { cache: "no-store" });
      if (look.signal.aborted) return;
      if (response.status === 404) {
        this.#statusUrl = "";
        if (this.#state === "processing") this.#fail("unchecked");
        return;
      }
      if (this.#tell(body?.status)) return;
    } catch {
      if (look.signal.aborted) return;
      code = "offline";
    }
    const quiet = this.#state !== "processing" || this.#code === "needs_review" || this.#open;
    if (!quiet) this.#to("processing", code);
    this.#wait = Math.min(this.#wait * POLL.factor, POLL.last);
    this.#watch(this.#wait);
  }

  /**
   * Reports whether the payment has come to an end.
   * @param {unknown} status
   */
  #tell(status) {
    /** @type {State | undefined} */
    const state = status === "paid" ? "success" : status === "declined" ? "declined" : undefined;
    if (status === "review" && this.#code !== "needs_review") {
      this.#close();
      this.#to("processing", "needs_review");
    }
    if (!state || !NEXT[this.#state].includes(state)) return false;
    this.#close();
    this.#to(state, state);
    this.#order = null;
    if (state === "declined") this.#statusUrl = ""; // the next attempt has its own
    return true;
  }

  /** Shows how long the form may still be used, and takes it away after that. */
  #tick() {
    clearTimeout(this.#clockTimer);
    const left = (this.#order?.until ?? NaN) - Date.now();
    if (!this.#open || isNaN(left) || document.hidden || !this.#parts) return;
    if (left < -GRACE) {
      if (this.#state === "processing") return this.#end();
      this.#close();
      this.#to("expired", "expired");
      return this.#watch(0);
    }
    const seconds = Math.max(0, Math.floor(left / SECOND)); // the server tells the time in whole seconds
    const time = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
    const text = this.#text("time_left").replace("{time}", () => time);
    this.#parts.timer.textContent = text;
    if (seconds <= 60 && !this.#warned) this.#parts.status.textContent = text; // for who can't see it
    this.#warned = seconds <= 60;
    this.#clockTimer = setTimeout(() => this.#tick(), SECOND);
  }

  // What is seen

  /**
   * The one door between states: repaints the element, then tells the page.
   * Reports whether the state is kept: a listener may have removed the element.
   * @param {State} state
   * @param {Code | ""} [code]
   */
  #to(state, code = "") {
    const same = state === this.#state;
    if (same ? code === this.#code : !NEXT[this.#state].includes(state)) return false;
    if (state === "loading" && this.#state === "declined") this.#order = null;
    this.#state = state;
    this.#code = code;
    this.#paint();
    if (!same || !this.contains(document.activeElement)) this.#follow();
    this.#announce(same);
    return this.#state === state;
  }

  /** @param {boolean} same the state is what it was, only its text is new */
  #announce(same) {
    const state = this.#state;
    /** @type {EndStatus | undefined} */
    const status = state === "success" ? "paid" : state === "declined" ? "declined" : this.#code === "needs_review" ? "review" : undefined;
    /** @type {(name: keyof typeof EVENTS, detail: unknown) => unknown} */
    const tell = (name, detail) => this.dispatchEvent(new CustomEvent(EVENTS[name], { bubbles: true, detail }));
    if (status) tell("complete", { status });
    else if (same || state === "idle") return;
    else if (state === "ready") tell("ready", this.#order?.ticket);
    else if (state === "loading" || state === "processing") tell(state, {});
    else tell("error", { code: this.#code });
  }

  /** What the button does now. @returns {"pay" | "retry" | "reload" | "unpaid" | ""} */
  #action() {
    const code = this.#code;
    if (this.#state === "idle") return "pay";
    if (code && STALE.includes(code)) return "reload";
    if (this.#state === "processing") return code === "slow" || code === "offline" ? "unpaid" : "";
    return ALARMS.includes(this.#state) ? "retry" : "";
  }

  #paint() {
    const parts = this.#parts;
    if (!parts) return;
    const state = this.#state;
    const code = this.#code;
    const text = code ? this.#text(code) : "";
    const busy = (state === "loading" || state === "ready") && !this.#open;
    const alarm = ALARMS.includes(state);
    this.dataset.state = state;
    this.dataset.code = code;
    this.toggleAttribute("data-open", this.#open);
    parts.status.textContent = alarm ? "" : text;
    if (alarm || !busy) parts.alert.textContent = alarm ? text : ""; // while trying again it keeps its place, unseen
    parts.amount.textContent = this.#amount() || this.#text("title");
    parts.timer.textContent = "";
    parts.stage.hidden = !this.#open;
    parts.stage.setAttribute("aria-label", this.#text("title"));
    const action = this.#action();
    parts.form.hidden = !busy && !action;
    parts.form.setAttribute("aria-busy", String(busy));
    parts.button.setAttribute("aria-disabled", String(busy));
    parts.label.hidden = busy;
    parts.busy.hidden = !busy;
    parts.busy.textContent = this.#text(state === "ready" ? "ready" : "loading");
    if (!busy) parts.label.textContent = action === "pay" || !action ? this.#payText() : this.#text(action);
    this.#paintFoot(parts, text);
  }

  /**
   * The line below offers the payment page where one is known.
   * @param {ReturnType<typeof build>} parts
   * @param {string} text
   */
  #paintFoot({ note, link }, text) {
    const state = this.#state;
    const live = this.#order && !(this.#order.until < Date.now()); // NaN, an expiry not stated, is live
    const stale = this.#code && STALE.includes(/** @type {Code} */ (this.#code));
    const offered = Boolean(live && !stale && (state === "ready" || state === "failed" || state === "blocked"));
    const slow = this.#open ? state === "processing" : this.#code === "patience";
    link.hidden = !offered;
    link.textContent = this.#text("link");
    if (offered && this.#order) link.href = this.#order.ticket.url;
    note.textContent = slow ? text : this.#text(this.#open ? "no_form" : this.#embedded ? "note_here" : "note");
    note.hidden = !slow && (this.#open ? state !== "ready" : offered || (state !== "idle" && state !== "loading"));
  }

  /** Takes the focus to what explains the state. */
  #follow() {
    const state = this.#state;
    if (ALARMS.includes(state)) this.#focus("alert");
    else if (state === "success" || (state === "processing" && !this.#open)) this.#focus("status");
    else if (state === "idle") this.#focus("button");
  }

  /** @param {"stage" | "status" | "alert" | "button"} name */
  #focus(name) {
    if (this.#hasFocus()) this.#parts?.[name].focus();
  }

  /** Whether nobody minds if the focus moves. */
  #hasFocus() {
    const active = document.activeElement;
    return this.#touched && (!active || active === document.body || this.contains(active));
  }

  #amount() {
    const amount = this.#options?.amount;
    return amount ? money(amount, this.#locale()) : "";
  }

  #payText() {
    const amount = this.#amount();
    return this.#options?.label || (amount ? this.#text("pay_amount").replace("{amount}", () => amount) : this.#text("pay"));
  }

  /** @param {keyof Texts} key */
  #text(key) {
    return this.#texts[key] ?? (this.#texts.other || key.startsWith("no") || key === "title" ? "" : SPARE_TEXT);
  }
}

/** @type {typeof import("./widget.d.ts").mount} */
export function mount(target, options) {
  if (!options.orderId || !options.ticketUrl) throw new TypeError("highhelp: orderId and ticketUrl are required");
  if (options.style !== null) addStyle(options.style ?? { url: new URL("highhelp.css", import.meta.url).href });
  const widget = /** @type {HighHelpWidget} */ (document.createElement(TAG));
  widget.options = options;
  target.append(widget);
  return widget;
}

/** @param {NonNullable<Options["style"]>} style */
function addStyle({ url, integrity }) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  vouch(link, integrity);
  link.href = url;
  if (![...document.querySelectorAll("link")].some(({ href }) => href === link.href)) document.head.append(link);
}

/** The name of a frame and the type of its message, followed by the nonce of the one and beside that of the other. */
const RETURNED = "highhelp:returned";

if (globalThis.customElements) {
  // Two releases of the script can meet on one page while the shop deploys, as
  // can two addresses of one release.
  if (!customElements.get(TAG)) customElements.define(TAG, HighHelpWidget);
  /** @type {typeof HighHelpWidget} */ (customElements.get(TAG)).named?.add(new URL(import.meta.url).search);

  // This page is where the payer came back to, inside the frame of a widget:
  // tell it. The nonce comes from there, so this tells nobody else anything.
  const { name } = window;
  if (parent !== window && name.startsWith(RETURNED)) parent.postMessage({ type: RETURNED, nonce: name.slice(RETURNED.length) }, "*");
}
