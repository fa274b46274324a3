// Messages to the page that frames this one, as Canvas, Sakai and others define them: the frame fits its content, and more. A message is sent only if that page offers it, and only to an
// origin that may frame this page.
(() => {
  const { origins, product, app, closes } = document.currentScript.dataset;
  const mayFrame = (origins || "").split(" ").filter(Boolean);
  const root = document.documentElement;
  // The frame with the resource, in the page for teachers.
  const content = document.querySelector("iframe[data-resource]");
  // The origin of the page that frames this one, and what it offers; null before it has answered.
  let platform = null;
  if (window.parent === window || mayFrame.length === 0) return;

  const post = (message) => {
    if (!platform || !platform.offers.has(message.subject)) return;
    window.parent.postMessage(message, platform.origin);
    // Some pages of Sakai read texts only.
    if (product === "sakai" && message.subject === "lti.frameResize") window.parent.postMessage(JSON.stringify(message), platform.origin);
  };

  const read = (data) => {
    try {
      const message = typeof data === "string" ? JSON.parse(data) : data;
      return message && typeof message.subject === "string" ? message : null;
    } catch (error) {
      return null;
    }
  };

  const later = (action) => {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(action, 100);
    };
  };

  const TALLEST = 20000;

  // Calls `report` with the height of a document whenever it changes. A document that is as high as its frame would grow with it: after a few steps, it is left as it is.
  const watch = (watched, report) => {
    let last = 0, growths = 0, since = 0;
    const measure = later(() => {
      const height = Math.ceil(Math.max(watched.documentElement.getBoundingClientRect().height, watched.body ? watched.body.getBoundingClientRect().height : 0));
      if (height < 1 || height > TALLEST || Math.abs(height - last) <= 3) return;
      growths = height > last && Date.now() - since < 1000 ? growths + 1 : 0;
      since = Date.now();
      if (growths > 4) return;
      last = height;
      report(height + 2);
    });
    const observer = new ResizeObserver(measure);
    observer.observe(watched.documentElement);
    if (watched.body) observer.observe(watched.body);
  };

  const fit = () => {
    if (!platform.offers.has("lti.frameResize")) return;
    root.classList.add("fits");
    watch(document, (height) => post({ subject: "lti.frameResize", height }));
    if (!content) return;
    const fitContent = () => {
      // It is null for an app at another origin, which sends messages.
      const inner = content.contentDocument;
      if (inner) watch(inner, (height) => { content.style.height = height + "px"; });
    };
    content.addEventListener("load", fitContent);
    fitContent();
  };

  // Whether another page of this session was in this frame before: the person may have scrolled down there.
  const isLater = () => {
    try {
      const session = (/\/session\/[^/]+/.exec(window.location.pathname) || [""])[0];
      const before = sessionStorage.getItem("ltictl-session");
      sessionStorage.setItem("ltictl-session", session);
      return session !== "" && before === session;
    } catch (error) {
      return false;
    }
  };

  // What an app in this page's frame asks for before the page that frames this one has answered, and whether that has taken too long: Canvas's mobile apps, for example, never answer.
  let waiting = [];
  let isSilent = false;

  const answerApp = (message) => {
    if (message.subject === "lti.capabilities") {
      const offered = ["lti.frameResize", "lti.close", "lti.scrollToTop"].filter((subject) => platform && platform.offers.has(subject));
      const supported_messages = ["lti.capabilities", ...offered].map((subject) => ({ subject }));
      content.contentWindow.postMessage({ subject: "lti.capabilities.response", message_id: message.message_id, supported_messages }, app);
    } else if (message.subject === "lti.frameResize") {
      const height = Number(message.height);
      if (platform && platform.offers.has("lti.frameResize") && height > 0 && height <= TALLEST) content.style.height = height + "px";
    } else if (["lti.close", "lti.scrollToTop"].includes(message.subject)) {
      post({ subject: message.subject });
    }
  };

  const begin = () => {
    fit();
    if (isLater()) post({ subject: "lti.scrollToTop" });
    if (closes === "true") post({ subject: "lti.close" });
    waiting.forEach(answerApp);
    waiting = [];
  };

  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  window.addEventListener("message", (event) => {
    const message = read(event.data);
    if (!message) return;
    if (content && app && event.source === content.contentWindow && event.origin === app) {
      if (platform || isSilent) answerApp(message);
      else if (waiting.length < 10) waiting.push(message);
      return;
    }
    if (platform || event.source !== window.parent || !mayFrame.includes(event.origin)) return;
    // Some versions of Canvas answer without the ending.
    const isAnswer = ["lti.capabilities.response", "lti.capabilities"].includes(message.subject) && message.message_id === id;
    if (!isAnswer || message.error || !Array.isArray(message.supported_messages)) return;
    platform = { origin: event.origin, offers: new Set(message.supported_messages.slice(0, 100).map((one) => one && one.subject)) };
    begin();
  });

  setTimeout(() => {
    isSilent = true;
    waiting.forEach(answerApp);
    waiting = [];
  }, 1500);

  const parents = window.location.ancestorOrigins;
  const asked = parents ? mayFrame.filter((origin) => origin === parents[0]) : mayFrame;
  for (const origin of asked) window.parent.postMessage({ subject: "lti.capabilities", message_id: id }, origin);
})();
