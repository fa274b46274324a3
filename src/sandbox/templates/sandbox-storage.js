// The platform's storage: the values of tools, and the responses to their messages.

// The limits of one origin: characters of keys and values together, and keys.
const MOST_CHARACTERS = 4096;
const MOST_KEYS = 500;

// Values by key, by the origin that stored them.
const stores = new Map();

// The response to a tool's message; null if it is not a message to a platform. `supported` are the messages in the capabilities.
function answerTool(event, toolOrigin, supported) {
  const message = event.data;
  if (!message || typeof message.subject !== "string" || !message.subject.startsWith("lti.")) return null;
  const answer = (fields) => ({ subject: message.subject + ".response", message_id: message.message_id, ...fields });
  const refuse = (code, text) => answer({ error: { code, message: text } });
  if (typeof message.message_id !== "string" || !message.message_id) return refuse("bad_request", "message_id is missing");
  if (event.origin !== toolOrigin) return refuse("wrong_origin", "values are stored for " + toolOrigin + " only");
  if (message.subject === "lti.capabilities") return answer({ supported_messages: supported });
  if (!supported.some((one) => one.subject === message.subject && !one.frame)) return refuse("unsupported_subject", "not supported here");
  const { key, value = null } = message;
  if (typeof key !== "string" || !key) return refuse("bad_request", "key is missing");
  const store = stores.get(event.origin) || new Map();
  stores.set(event.origin, store);
  if (message.subject === "lti.get_data") return answer({ key, value: store.has(key) ? store.get(key) : null });
  if (value === null) {
    store.delete(key);
    return answer({ key, value });
  }
  if (typeof value !== "string") return refuse("bad_request", "value is not a string");
  const after = new Map(store).set(key, value);
  const characters = Array.from(after).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (characters > MOST_CHARACTERS || after.size > MOST_KEYS) return refuse("storage_exhaustion", "the storage is full");
  store.set(key, value);
  return answer({ key, value });
}

// The supported messages of this window or of a frame with this name.
function supportedMessages(frame) {
  const data = ["lti.put_data", "lti.get_data"].map((subject) => (frame ? { subject, frame } : { subject }));
  return [{ subject: "lti.capabilities" }, ...data];
}
