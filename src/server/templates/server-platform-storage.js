// The platform's storage (LTI postMessage Storage 0.1).

// How long a response may take, in milliseconds.
const TIMEOUT = 1500;

// The platform's page, which frames this one or has opened it; null if there is none.
function platformPage() {
  return window.parent === window ? window.opener : window.parent;
}

// A frame of the platform's page by its name; null if it cannot receive messages.
function storageFrame(page, name) {
  if (!page || name === "_parent") return page;
  try {
    const frame = page.frames[name];
    return frame && typeof frame.postMessage === "function" ? frame : null;
  } catch (error) {
    return null;
  }
}

// Sends a message and returns the response, or null if none arrives in time. Only `origin` can read the message and respond; `"*"` is for messages without secrets, and then
// only the window that received the message may respond.
function exchange(frame, subject, fields, origin) {
  return new Promise((resolve) => {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const end = (response) => {
      clearTimeout(timer);
      window.removeEventListener("message", receive);
      resolve(response);
    };
    const receive = (event) => {
      const response = event.data;
      const isTrusted = origin === "*" ? event.source === frame : event.origin === origin;
      if (!isTrusted || !response || response.message_id !== id || response.subject !== subject + ".response") return;
      end(response.error ? null : response);
    };
    const timer = setTimeout(() => end(null), TIMEOUT);
    window.addEventListener("message", receive);
    try {
      frame.postMessage({ subject, message_id: id, ...fields }, origin);
    } catch (error) {
      end(null);
    }
  });
}

// Puts or gets a value: in the frame that the login request named, and if that fails, in the frame that the platform's page names. Null if both fail.
async function askStorage(verb, fields, target, origin) {
  const page = platformPage();
  const named = storageFrame(page, target);
  const response = named && await exchange(named, "lti." + verb, fields, origin);
  if (response || !page) return response;
  const capabilities = await exchange(page, "lti.capabilities", {}, "*");
  const messages = capabilities && Array.isArray(capabilities.supported_messages) ? capabilities.supported_messages : [];
  // Some platforms support the subjects of an earlier draft.
  const subjects = ["lti." + verb, "org.imsglobal.lti." + verb];
  for (const message of messages.filter((message) => message && subjects.includes(message.subject)).slice(0, 2)) {
    const frame = storageFrame(page, message.frame ? String(message.frame) : "_parent");
    if (!frame || (frame === named && message.subject === subjects[0])) continue;
    const response = await exchange(frame, message.subject, fields, origin);
    if (response) return response;
  }
  return null;
}
