// One panel: its frame with title and description, and Grafana's component for its type between them.

import { getDisplayValueAlignmentFactors, getFieldDisplayValues, renderTextPanelMarkdown } from '@grafana/data';
import { BarGauge, BigValue, PanelChrome, VizRepeater, useTheme2 } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { Chart, Cloud, Trend, graphable } from './charts.jsx';

const STAT_SPACING = 3;
const BAR_SPACING = 10;

export function Panel({ panel, width, height, ...rest }) {
  const { title, description, transparent } = panel;
  const chrome = { width, height, title, description, hoverHeader: !title };
  return (
    <PanelChrome {...chrome} displayMode={transparent ? 'transparent' : 'default'} titleItems={period(panel)}>
      {(innerWidth, innerHeight) => inside({ panel, options: panel.options, width: innerWidth, height: innerHeight, ...rest })}
    </PanelChrome>
  );
}

const KINDS = { stat: Stat, bargauge: Bars, table: Table, timeseries: Chart, trend: Trend, xychart: Cloud };

// stat and bargauge say themselves that they are empty
const EMPTY = {
  table: (frames) => !frames.some(({ length }) => length),
  timeseries: (frames) => !graphable(frames).length,
  trend: (frames) => !frames.some(({ length }) => length),
  xychart: (frames) => !frames[0]?.length,
};

function inside(given) {
  const { panel, frames } = given;
  if (panel.type === 'text') {
    return <div className="text" dangerouslySetInnerHTML={{ __html: renderTextPanelMarkdown(panel.options.content) }} />;
  }
  const Kind = KINDS[panel.type];
  if (!Kind) {
    throw new Error(`${panel.title}: panels of the type ${panel.type} cannot be drawn yet`);
  }
  if (EMPTY[panel.type]?.(frames)) {
    const { noValue = 'No data' } = panel.fieldConfig.defaults;
    const said = panel.type === 'trend' ? `Unable to find field: ${panel.options.xField}` : noValue; // trend has its own words
    return <div className="empty">{said}</div>;
  }
  return <Kind {...given} />;
}

function period({ timeFrom, hideTimeOverride }) {
  const said = { 'now/d': 'Today so far', '2d': 'Last 2 days', 'now-28d': 'Last 28 days' }[timeFrom] ?? `Last ${timeFrom}`;
  return timeFrom && !hideTimeOverride ? <span className="period">◷ {said}</span> : undefined;
}

function Table({ panel, frames, width, height, options, timeRange }) {
  return (
    <TableNG
      data={frames[0]}
      {...{ width, height, timeRange }}
      cellHeight={options.cellHeight}
      noHeader={!options.showHeader}
      noValue={panel.fieldConfig.defaults.noValue}
      fieldConfig={panel.fieldConfig}
      enableVirtualization={false}
      structureRev={1}
    />
  );
}

function Stat(given) {
  const { options } = given;
  const theme = useTheme2();
  const draw = ({ value, alignmentFactors, width, height, count }) => (
    <BigValue
      value={value.display}
      sparkline={value.sparkline}
      colorMode={options.colorMode}
      graphMode={options.graphMode}
      justifyMode={options.justifyMode}
      textMode={options.textMode}
      text={options.text}
      disableWideLayout={!options.wideLayout}
      {...{ alignmentFactors, width, height, count, theme }}
    />
  );
  return <Repeated {...given} spacing={STAT_SPACING} autoGrid sparkline={options.graphMode !== 'none'} draw={draw} />;
}

function Bars(given) {
  const { options } = given;
  const theme = useTheme2();
  const draw = ({ value, alignmentFactors, width, height, orientation, isOverflow }) => (
    <BarGauge
      value={value.display}
      field={value.field}
      display={value.view?.getFieldDisplayProcessor(value.colIndex)}
      text={options.text}
      itemSpacing={BAR_SPACING}
      displayMode={options.displayMode}
      showUnfilled={options.showUnfilled}
      valueDisplayMode={options.valueMode}
      namePlacement={options.namePlacement}
      {...{ alignmentFactors, width, height, orientation, isOverflow, theme }}
    />
  );
  const { minVizWidth, minVizHeight } = options;
  return <Repeated {...given} {...{ minVizWidth, minVizHeight, draw }} spacing={BAR_SPACING} />;
}

function Repeated(given) {
  const { panel, frames, options, timeZone, width, height, draw, spacing, sparkline = false } = given;
  const { autoGrid, minVizWidth, minVizHeight } = given;
  const theme = useTheme2();
  const getValues = () =>
    getFieldDisplayValues({
      fieldConfig: panel.fieldConfig,
      reduceOptions: options.reduceOptions,
      replaceVariables: (text) => text,
      data: frames,
      sparkline,
      theme,
      timeZone,
    });
  return (
    <VizRepeater
      source={frames}
      renderCounter={0}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={draw}
      itemSpacing={spacing}
      orientation={options.orientation}
      {...{ getValues, width, height, autoGrid, minVizWidth, minVizHeight }}
    />
  );
}
