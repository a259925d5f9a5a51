import 'uplot/dist/uPlot.min.css';
import './styles.css';
import { fill, h } from './dom';
import { listenToKeys, setKeys } from './keys';
import { showList } from './list';
import { startTheme } from './theme';
import { ViewPage } from './page';
import { ComparePage } from './compare';

// One document; the address says what it shows. A page that can follow a changed address (its own moves, back and forward)
// does so; otherwise the next one takes its place.
interface Page { takes(path: string, query: URLSearchParams): boolean; leave(): void }

const main = document.getElementById('main')!;
let current: Page | null = null;

function show(): void {
  const path = location.pathname;
  const query = new URLSearchParams(location.search);
  if (current?.takes(path, query)) return;
  current?.leave();
  current = null;
  setKeys([]);
  const parts = path.split('/').filter(p => p).map(decodeURIComponent);
  if (parts.length === 0) {
    current = showList(main, query);
  } else if (parts[0] === 'run' && parts.length === 3) {
    current = new ViewPage(main, path, `run/${parts[1]}/${parts[2]}`, query);
  } else if (parts[0] === 'day' && parts.length === 4) {
    current = new ViewPage(main, path, `market/${parts[1]}/${parts[2]}/${parts[3]}`, query);
  } else if (parts[0] === 'compare') {
    current = new ComparePage(main, query);
  } else {
    fill(main, h('h1', {}, 'There is no such page'), h('p', {}, h('a', { href: '/' }, 'All days and runs')));
  }
}

startTheme();
listenToKeys();
addEventListener('popstate', show);
addEventListener('navigate', show);
show();
