"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const show = (...names) => { for (const id of ["out", "terminal", "in", "again"]) at(id).hidden = !names.includes(id); };
  const tell = (text) => { at("note").textContent = text; at("note").hidden = !text; };

  // The command line that opened this page says in the fragment, which is not
  // sent, where it waits.
  const loopback = () => {
    const p = new URLSearchParams(location.hash.slice(1));
    return p.has("port") ? { port: Number(p.get("port")), state: p.get("state"), challenge: p.get("challenge") } : undefined;
  };

  // ask speaks to the server; what it refuses is thrown, with the sort of problem.
  const ask = async (method, path, body) => {
    const r = await fetch(path, {
      method, credentials: "same-origin", cache: "no-store", redirect: "error",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await r.text();
    let answer = {};
    try { answer = text ? JSON.parse(text) : {}; } catch { answer = { detail: "The server does not answer as it should." }; }
    if (!r.ok) throw Object.assign(new Error(answer.detail || r.statusText), { status: r.status, sort: (answer.type || "").split("#")[1] });
    return answer;
  };

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((c) => ({ ...c, id: bytes(c.id) }));

  // plain is an answer as the server takes it.
  const plain = (c) => {
    const r = c.response;
    const out = { clientDataJSON: text(r.clientDataJSON) };
    if (r.attestationObject) {
      out.attestationObject = text(r.attestationObject);
      out.transports = r.getTransports ? r.getTransports() : [];
    } else {
      out.authenticatorData = text(r.authenticatorData);
      out.signature = text(r.signature);
      if (r.userHandle) out.userHandle = text(r.userHandle);
    }
    return { id: c.id, rawId: text(c.rawId), type: c.type, authenticatorAttachment: c.authenticatorAttachment || undefined, clientExtensionResults: {}, response: out };
  };

  const use = async (path, where) => {
    const begun = await ask("POST", path, where ? { loopback: where } : {});
    const o = begun.options;
    const publicKey = { ...o, challenge: bytes(o.challenge), allowCredentials: named(o.allowCredentials) };
    const credential = await navigator.credentials.get({ publicKey });
    return ask("POST", path + "/finish", { state: begun.state, credential: plain(credential) });
  };

  const make = async (name) => {
    const begun = await ask("POST", "/v1/passkeys");
    const o = begun.options;
    const publicKey = { ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: named(o.excludeCredentials) };
    const credential = await navigator.credentials.create({ publicKey });
    return ask("POST", "/v1/passkeys/finish", { state: begun.state, credential: plain(credential), name: name || undefined });
  };

  // What a browser or an authenticator says of itself is no sentence for people.
  const reason = (e) => {
    switch (e.name) {
      case "NotAllowedError": return "The device did not use a passkey: it was cancelled, took too long, or has none for this server.";
      case "InvalidStateError": return "This device has a passkey of yours for this server already.";
      case "SecurityError": return "The browser does not take this address for the one that passkeys are made for. Open the address that --public-url names.";
      default: return e.message;
    }
  };

  // busy does one thing at a time, and what is dangerous once more after a proof.
  let working = false, then = null;
  const busy = async (work) => {
    if (working) return;
    working = true;
    tell("");
    try {
      await work();
    } catch (e) {
      if (e.sort === "step_up") {
        then = work;
        show("again");
      } else if (e.status === 401 && !e.sort?.match(/second_factor|passkey/)) {
        await start(reason(e));
      } else {
        tell(reason(e));
      }
    } finally {
      working = false;
    }
  };
  const goOn = async () => {
    const work = then;
    then = null;
    show("in");
    if (work) await work();
  };

  const day = (stamp) => new Date(stamp).toLocaleDateString();
  const row = (k) => {
    const li = document.createElement("li"), div = document.createElement("div"), small = document.createElement("small"), button = document.createElement("button");
    div.textContent = k.name;
    small.textContent = k.copied_at ? "Seems to be copied, and lets nobody in. Remove it." : "Added " + day(k.created_at) + (k.used_at ? ", used " + day(k.used_at) : "");
    button.type = "button";
    button.textContent = "Remove";
    button.setAttribute("aria-label", "Remove " + k.name);
    button.addEventListener("click", () => busy(async () => { await ask("POST", "/v1/passkeys/" + k.id + "/remove"); await inside(); }));
    div.append(small);
    li.append(div, button);
    return li;
  };

  const inside = async () => {
    const me = await ask("GET", "/v1/session");
    const keys = await ask("GET", "/v1/passkeys");
    at("who").textContent = me.name;
    at("list").replaceChildren(...keys.items.map(row));
    show("in");
    if (me.second_factor_due) tell("Your role needs a passkey or a second factor from " + day(me.second_factor_due) + " on. Add a passkey.");
  };

  const start = async (why) => {
    try {
      if (loopback()) show("terminal"); else await inside();
    } catch (e) {
      show("out");
      if (e.status !== 401) why = reason(e);
    }
    if (why) tell(why);
  };

  const submit = (id, work) => at(id).addEventListener("submit", (e) => { e.preventDefault(); busy(work); });
  const take = (id) => { const v = at(id).value; at(id).value = ""; return v; };
  const click = (id, work) => at(id).addEventListener("click", () => busy(work));

  click("login", async () => { await use("/v1/session/passkey"); await inside(); });
  click("fetch", async () => {
    const out = await use("/v1/session/passkey", loopback());
    location.replace(out.to);
  });
  click("provekey", async () => { await use("/v1/session/prove/passkey"); await goOn(); });
  click("logout", async () => { await ask("POST", "/v1/session/end"); show("out"); });
  submit("password", async () => {
    await ask("POST", "/v1/session", { tenant: at("tenant").value || undefined, name: at("name").value, password: take("secret"), code: take("code") || undefined });
    await inside();
  });
  submit("prove", async () => { await ask("POST", "/v1/session/prove", { password: take("secret2"), code: take("code2") || undefined }); await goOn(); });
  submit("add", async () => { await make(at("label").value); at("label").value = ""; await inside(); });

  if (!window.PublicKeyCredential) tell("This browser has no passkeys, or this is no secure page.");
  start("");
})();
