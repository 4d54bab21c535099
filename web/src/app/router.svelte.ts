// The address of the page: what is in it, and how it changes. No library: four kinds of page.

export type Route =
  | { page: 'inbox'; view: string; conversation: string | null }
  | { page: 'search'; q: string }
  | { page: 'calls'; section: string }
  | { page: 'settings'; section: string; sub: string | null };

export function parse(path: string, search: string): Route {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  if (parts[0] === 'search') return { page: 'search', q: new URLSearchParams(search).get('q') ?? '' };
  if (parts[0] === 'calls') return { page: 'calls', section: parts[1] ?? 'callbacks' };
  if (parts[0] === 'settings') return { page: 'settings', section: parts[1] ?? 'preferences', sub: parts[2] ?? null };
  return { page: 'inbox', view: parts[0] === 'inbox' ? (parts[1] ?? 'mine') : 'mine', conversation: parts[0] === 'inbox' ? (parts[2] ?? null) : null };
}

/** Browsers stop listening to pages that rewrite their address many times a second, as holding an arrow key would. */
const REWRITE_AFTER_MS = 150;

class Router {
  route: Route = $state.raw(parse('/', ''));
  private path = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    this.read();
    addEventListener('popstate', () => this.read());
    addEventListener('pagehide', () => this.rewrite());
    document.addEventListener('click', (event) => this.clicked(event));
  }

  go = (path: string, replace = false): void => {
    if (path === this.path) return;
    if (!replace) this.rewrite();
    this.path = path;
    const [name = '', search = ''] = path.split('?');
    this.route = parse(name, search);
    if (replace) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.rewrite(), REWRITE_AFTER_MS);
    } else history.pushState(null, '', path);
  };

  /** Makes the address in the browser what it should be. */
  private rewrite(): void {
    clearTimeout(this.timer);
    if (this.path !== location.pathname + location.search) history.replaceState(null, '', this.path);
  }

  private read(): void {
    clearTimeout(this.timer);
    this.path = location.pathname + location.search;
    this.route = parse(location.pathname, location.search);
  }

  /** Links inside the app change the address without loading the page again. */
  private clicked(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/')) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}

export const router = new Router();
