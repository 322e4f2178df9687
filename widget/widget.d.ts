// What a page may use of highhelp.js. The file is for editors and compilers;
// nothing loads it at run time.

/** Where the payer pays. */
export type Mode = "redirect" | "frame" | "script";

/** What the element shows: its attribute data-state. */
export type State = "idle" | "loading" | "ready" | "processing" | "success" | "declined" | "expired" | "failed" | "blocked";

/** Why a payment did not get to its end: what highhelp:error carries. */
export type ErrorCode =
  | "network" // the server could not be reached
  | "timeout" // the server or the form did not come in time
  | "busy" // the server or the gateway can't answer now
  | "blocked" // something in the browser stops the form: an ad blocker, a policy
  | "form" // the merchant's script failed
  | "expired" // the time to pay is over
  | "unchecked" // the result can't be had here
  | "amount_changed" // the amount changed while a payment page is open
  | "in_progress" // an earlier payment is not decided yet
  | "other";

/** Which text explains the state: the attribute data-code. */
export type Code =
  | ErrorCode
  | "loading"
  | "patience"
  | "ready"
  | "shown"
  | "processing"
  | "checking"
  | "slow"
  | "offline"
  | "success"
  | "declined"
  | "order_paid"
  | "needs_review";

/** Every text of the widget. Those named like a code explain it. */
export interface Texts extends Record<Code, string> {
  pay: string;
  /** With {amount}. */
  pay_amount: string;
  retry: string;
  /** Instead of retry where asking again can't help. */
  reload: string;
  /** On the button while a result is slow to come: "I have not paid yet". */
  unpaid: string;
  /** Leads to the payment page. */
  link: string;
  /** For the page of a refusal; the script has no use for it. */
  back: string;
  /** Names the form, and its frame, for screen readers. */
  title: string;
  note: string;
  note_here: string;
  no_form: string;
  /** With {time}. */
  time_left: string;
}

/** How a payment ended, as the server has it. */
export type EndStatus = "paid" | "declined" | "review";

/** The server's answer to a POST of order_id. */
export interface Ticket {
  payment_id: string;
  /** The payment page. */
  url: string;
  expires_at: string;
  /** Relative to the URL that answered. Who has it may ask for the payment's state. */
  status_url?: string;
  request_id: string;
  /** The fields of the gateway's answer that the server passes on. */
  widget: Record<string, unknown>;
}

/** What the function of the merchant's script is called with. */
export interface InitContext {
  /** An empty element to draw the form in. */
  container: HTMLElement;
  /** The ticket, without its status_url. */
  ticket: Omit<Ticket, "status_url">;
  /** A BCP 47 tag. */
  locale: string;
  /** Aborted when the form goes away, for whatever reason. */
  signal: AbortSignal;
  /** There is something to see. A first child of the container says the same. */
  onReady(): void;
  /** The payer has sent the form. */
  onProcessing(): void;
  /** The payer is done. The server is asked for the result. */
  onComplete(): void;
  /** The payer gave up. */
  onCancel(): void;
  /** The form failed. */
  onError(error?: unknown): void;
}

/** What that function may return, at once or by a promise. */
export interface InitResult {
  /** Fulfilled when the payer is done, rejected when the form failed. */
  completed?: PromiseLike<unknown>;
  /** Called when the form goes away. */
  destroy?(): void;
}

/**
 * The function of the merchant's script. The form counts as shown when it calls
 * onReady, returns a result, fulfils its promise, or draws in the container.
 */
export type Init = (context: InitContext) => InitResult | PromiseLike<InitResult | void> | void;

/** The merchant's script. */
export interface ScriptOptions {
  /** A path, or an https address. It is loaded once, unless init exists. */
  url: string;
  /** The function, or its name among the globals, such as "HighHelp.init". */
  init: string | Init;
  /** The hash of the script. Default: none. */
  integrity?: string;
}

/** A style sheet to add to the page. */
export interface StyleOptions {
  url: string;
  /** Default: none. */
  integrity?: string;
}

/** What mount takes. */
export interface Options {
  /** The order to pay. */
  orderId: string;
  /** Where order_id is posted: a path, or an https address. */
  ticketUrl: string;
  /** Default: redirect. */
  mode?: Mode;
  /** Required in script mode. */
  script?: ScriptOptions | null;
  /** Where to ask about a payment that has begun: the widget starts by checking. */
  statusUrl?: string;
  /** Frame mode: the origin of the page that the payment returns to. Default: this page's. */
  returnOrigin?: string;
  /** Decimal text and a currency, such as "1500.00 RUB", for the payer's eyes. Default: none. */
  amount?: string;
  /** A BCP 47 tag. Default: the lang of the page around, else what the browser asks for. */
  locale?: string;
  /** The text of the button. Default: the text pay_amount, or pay. */
  label?: string;
  /** In milliseconds: for the ticket, and again for the form. Default: 30,000. */
  timeout?: number;
  /** Replaces texts. Default: none. */
  texts?: Partial<Texts>;
  /** The style sheet. Default: highhelp.css beside the script; null adds none. */
  style?: StyleOptions | null;
}

/** The names of the events. They bubble. */
export const EVENTS: Readonly<{
  loading: "highhelp:loading";
  ready: "highhelp:ready";
  processing: "highhelp:processing";
  complete: "highhelp:complete";
  error: "highhelp:error";
}>;

/** The events, by name. None of them is proof of a payment. */
export interface EventMap {
  "highhelp:loading": CustomEvent<Record<string, never>>;
  "highhelp:ready": CustomEvent<Ticket>;
  "highhelp:processing": CustomEvent<Record<string, never>>;
  "highhelp:complete": CustomEvent<{ status: EndStatus }>;
  "highhelp:error": CustomEvent<{ code: ErrorCode }>;
}

/** The element <highhelp-widget>. */
export class HighHelpWidget extends HTMLElement {
  /** The addresses that rendered pages named their merchant's scripts in. */
  static named: Set<string | undefined>;
  readonly state: State;
  /** Which text explains the state. */
  readonly code: Code | "";
  options: Options | null;
  /** Does what the button does now; nothing while it has nothing to do. */
  start(): void;
  /** Removes the element; its form, timers, requests and listeners end. */
  destroy(): void;
}

/** Adds a widget to target. Throws a TypeError without orderId or ticketUrl. */
export function mount(target: Element, options: Options): HighHelpWidget;

declare global {
  interface HTMLElementTagNameMap {
    "highhelp-widget": HighHelpWidget;
  }
  interface HTMLElementEventMap extends EventMap {}
  interface DocumentEventMap extends EventMap {}
}
