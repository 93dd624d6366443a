// The page: a dashboard's bar, its variables, and its panels where gridPos puts them. `window.PICTURE` says what to draw.

import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';
import 'uplot/dist/uPlot.min.css';
import './page.css';
import { ThemeContext, createTheme, dateTime } from '@grafana/data';
import { GlobalStyles } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { framesOf, register } from './frames.js';
import { Panel } from './panels.jsx';

const COLUMNS = 24;
const ROW_PX = 30;
const GAP_PX = 8;
const ONE_COLUMN_PX = 768; // below this Grafana lays panels out one under the other
const EDGE_PX = 16;

function place({ x, y, w, h }, width) {
  const height = h * (ROW_PX + GAP_PX) - GAP_PX;
  if (width < ONE_COLUMN_PX) {
    return { width: width - 2 * EDGE_PX, height };
  }
  const column = (width - 2 * EDGE_PX - GAP_PX * (COLUMNS - 1)) / COLUMNS;
  const left = EDGE_PX + x * (column + GAP_PX);
  return { position: 'absolute', left, top: y * (ROW_PX + GAP_PX), width: w * column + (w - 1) * GAP_PX, height };
}

function Variables({ variables }) {
  return variables
    .filter(({ hide }) => !hide)
    .map(({ name, label, text }) => (
      <span className="variable" key={name}>
        <label>{label || name}</label>
        <span>{text}</span>
      </span>
    ));
}

function Page({ picture, frames, timeRange, width }) {
  const { board, variables, marks, note } = picture;
  const sorted = [...board.panels].sort((one, other) => one.gridPos.y - other.gridPos.y || one.gridPos.x - other.gridPos.x);
  const rows = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const narrow = width < ONE_COLUMN_PX;
  return (
    <div className={narrow ? 'page narrow' : 'page'} style={{ width }}>
      <header>
        <b>{board.title}</b>
        <span className="period">◷ {picture.period}</span>
      </header>
      <nav>
        <Variables variables={variables} />
        {board.annotations.list.map(({ name, iconColor }) => (
          <span className="variable" key={name}>
            <i style={{ background: iconColor }} />
            <label>{name}</label>
          </span>
        ))}
      </nav>
      <main style={narrow ? {} : { height: rows * (ROW_PX + GAP_PX) }}>
        {sorted.map((panel) => {
          const style = place(panel.gridPos, width);
          const given = { panel, timeRange, marks, timeZone: board.timezone, frames: frames[panel.id] ?? [] };
          return (
            <section key={panel.id} style={style}>
              <Panel {...given} {...rangeOf(panel, picture)} width={style.width} height={style.height} />
            </section>
          );
        })}
      </main>
      <footer>{note}</footer>
    </div>
  );
}

function rangeOf(panel, { periods }) {
  const [from, to] = periods[panel.id] ?? periods.all;
  return { timeRange: { from: dateTime(from), to: dateTime(to), raw: { from: dateTime(from), to: dateTime(to) } } };
}

async function draw() {
  const { picture, theme: mode, width } = window.PICTURE;
  register();
  const theme = createTheme({ colors: { mode } });
  const asked = picture.board.panels.filter(({ targets }) => targets);
  const made = await Promise.all(
    asked.map(async (panel) => [panel.id, await framesOf(panel, picture.answers[panel.id], theme, picture.board.timezone)])
  );
  await Promise.all(['400', '500'].map((weight) => document.fonts.load(`${weight} 14px Inter`)));
  createRoot(document.getElementById('root')).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Page picture={picture} frames={Object.fromEntries(made)} width={width} />
    </ThemeContext.Provider>
  );
}

// a picture of a fault would look like a picture: the server is told, and no picture is kept
const fail = (said) => fetch('/failed', { method: 'POST', body: String(said?.stack ?? said) });
addEventListener('error', ({ error }) => fail(error));
draw().catch(fail);
