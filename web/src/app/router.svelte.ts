// The address of the page: what is in it, and how it changes. No library: three kinds of page.

export type Route =
  | { page: 'inbox'; view: string; conversation: string | null }
  | { page: 'search'; q: string }
  | { page: 'settings'; section: string };

export function parse(path: string, search: string): Route {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  if (parts[0] === 'search') return { page: 'search', q: new URLSearchParams(search).get('q') ?? '' };
  if (parts[0] === 'settings') return { page: 'settings', section: parts[1] ?? 'preferences' };
  return { page: 'inbox', view: parts[0] === 'inbox' ? (parts[1] ?? 'mine') : 'mine', conversation: parts[0] === 'inbox' ? (parts[2] ?? null) : null };
}

class Router {
  route: Route = $state.raw(parse('/', ''));

  start(): void {
    this.read();
    addEventListener('popstate', () => this.read());
    document.addEventListener('click', (event) => this.clicked(event));
  }

  go = (path: string, replace = false): void => {
    if (path !== location.pathname + location.search) {
      if (replace) history.replaceState(null, '', path);
      else history.pushState(null, '', path);
    }
    this.read();
  };

  private read(): void {
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
