/** One answer of the API, as a page sees it. */
export interface PageAnswer {
  status: number;
  data: Record<string, unknown> | null;
  /** Codes of the errors, in order. */
  codes: string[];
  messages: string[];
  /** The `Set-Cookie` headers. */
  cookies: string[];
}

export interface AskOptions {
  variables?: Record<string, unknown>;
  /** Headers beside those a page of ours sends; null takes one out. */
  headers?: Record<string, string | null>;
}

/** A browser as far as a session needs one: it keeps cookies, and sends them with every request. */
export interface Browser {
  ask(query: string, options?: AskOptions): Promise<PageAnswer>;
  /** What it would send as `Cookie`; empty = nothing. */
  cookie(): string;
  /** Puts a cookie in by hand. */
  keep(cookie: string): void;
}

export function openBrowser(graphqlUrl: string): Browser {
  const jar = new Map<string, string>();
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const keep = (text: string) => {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
    if (/max-age=0/i.test(text)) jar.delete(name);
    else jar.set(name, value);
  };
  return {
    cookie,
    keep,
    ask: async (query, { variables = {}, headers = {} } = {}) => {
      const sent = {
        'content-type': 'application/json',
        'x-tributary-csrf': '1',
        cookie: cookie(),
        ...headers,
      };
      const response = await fetch(graphqlUrl, {
        method: 'POST',
        headers: Object.entries(sent).filter((header): header is [string, string] => Boolean(header[1])),
        body: JSON.stringify({ query, variables }),
      });
      const cookies = response.headers.getSetCookie();
      for (const set of cookies) keep(set);
      return { ...(await read(response)), cookies };
    },
  };
}

async function read(response: Response): Promise<Omit<PageAnswer, 'cookies'>> {
  const { data = null, errors = [] } = (await response.json()) as {
    data?: Record<string, unknown> | null;
    errors?: { message: string; extensions: { code: string } }[];
  };
  return {
    status: response.status,
    data,
    codes: errors.map((error) => error.extensions.code),
    messages: errors.map((error) => error.message),
  };
}

const SIGN_IN = `mutation ($email: String!, $password: String!) {
  signIn(email: $email, password: $password) { viewer { name } }
}`;

/** Asks for a session. */
export function signInWith(browser: Browser, email: string, password: string): Promise<PageAnswer> {
  return browser.ask(SIGN_IN, { variables: { email, password } });
}
