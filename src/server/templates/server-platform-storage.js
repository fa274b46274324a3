// The platform's storage (LTI postMessage Storage 0.1): whom to ask, and whose answer counts.

// How long an answer may take, in milliseconds.
const PATIENCE = 1500;

// The platform's page: it frames this one, or has opened it. Null when there is none.
function platformPage() {
  return window.parent === window ? window.opener : window.parent;
}

// A frame of the platform's page by its name; null when it cannot be asked.
function storageFrame(page, name) {
  if (!page || name === "_parent") return page;
  try {
    const frame = page.frames[name];
    return frame && typeof frame.postMessage === "function" ? frame : null;
  } catch (error) {
    return null;
  }
}

// Sends one message and gives the answer, or null when none comes in time. Only `origin` gets to read the message and to answer it; `"*"` is for questions that hold
// nothing, and then only the window that was asked may answer.
function exchange(frame, subject, fields, origin) {
  return new Promise((resolve) => {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const end = (answer) => {
      clearTimeout(timer);
      window.removeEventListener("message", hear);
      resolve(answer);
    };
    const hear = (event) => {
      const answer = event.data;
      const counts = origin === "*" ? event.source === frame : event.origin === origin;
      if (!counts || !answer || answer.message_id !== id || answer.subject !== subject + ".response") return;
      end(answer.error ? null : answer);
    };
    const timer = setTimeout(() => end(null), PATIENCE);
    window.addEventListener("message", hear);
    try {
      frame.postMessage({ subject, message_id: id, ...fields }, origin);
    } catch (error) {
      end(null);
    }
  });
}

// Puts or gets a value: in the frame that the login request named, and if that fails, where the platform's page says that it is done. Null when it fails there too.
async function askStorage(verb, fields, target, origin) {
  const page = platformPage();
  const named = storageFrame(page, target);
  const answer = named && await exchange(named, "lti." + verb, fields, origin);
  if (answer || !page) return answer;
  const capabilities = await exchange(page, "lti.capabilities", {}, "*");
  const messages = capabilities && Array.isArray(capabilities.supported_messages) ? capabilities.supported_messages : [];
  // Some platforms answer to the subjects of an earlier draft.
  const subjects = ["lti." + verb, "org.imsglobal.lti." + verb];
  for (const message of messages.filter((message) => message && subjects.includes(message.subject)).slice(0, 2)) {
    const frame = storageFrame(page, message.frame ? String(message.frame) : "_parent");
    if (!frame || (frame === named && message.subject === subjects[0])) continue;
    const answer = await exchange(frame, message.subject, fields, origin);
    if (answer) return answer;
  }
  return null;
}
