// The panels with axes: timeseries with its annotations, and xychart.

import { FieldType, getFieldSeriesColor, formattedValueToString } from '@grafana/data';
import { TimeSeries, UPlotChart, UPlotConfigBuilder, useTheme2 } from '@grafana/ui';

const [ACROSS, UP] = [0, 1]; // uPlot's orientations
const DASH = [3, 3];
const MARK_PX = 5; // half the width of the triangle below an annotation

/** A timeseries panel. */
export function Chart({ frames, options, width, height, timeRange, timeZone, marks }) {
  const given = { frames: graphable(frames), legend: options.legend, width, height, timeRange, timeZone };
  return (
    <TimeSeries {...given} structureRev={1}>
      {(config) => {
        config.addHook('draw', (plot) => marks.forEach((mark) => drawMark(plot, mark)));
        return null;
      }}
    </TimeSeries>
  );
}

/** A trend panel: as a timeseries, over a column of numbers instead of the time. */
export function Trend({ frames: [frame], options, width, height, timeRange, timeZone }) {
  const isOver = (field) => field.name === options.xField;
  const numbers = frame.fields.filter((field) => field.type === FieldType.number);
  const sorted = [...numbers.filter(isOver), ...numbers.filter((field) => !isOver(field))];
  // where each comes from is what the legend goes by
  const fields = sorted.map((field, fieldIndex) => ({ ...field, state: { ...field.state, origin: { frameIndex: 0, fieldIndex } } }));
  const given = { frames: [{ ...frame, fields }], legend: options.legend, width, height, timeRange, timeZone };
  const preparePlotFrame = ([only]) => only;
  return (
    <TimeSeries {...given} options={options} preparePlotFrame={preparePlotFrame} structureRev={1}>
      {() => null}
    </TimeSeries>
  );
}

/** Leave out what cannot be drawn against time: words, and frames without a value. */
export function graphable(frames) {
  const numbers = (field) => field.type === FieldType.time || field.type === FieldType.number;
  return frames
    .map((frame) => ({ ...frame, fields: frame.fields.filter(numbers) }))
    .filter((frame) => frame.length && frame.fields.some((field) => field.type === FieldType.number));
}

function drawMark(plot, { time, colour }) {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(time, 'x', true);
  if (x < bbox.left || x > bbox.left + bbox.width) {
    return;
  }
  const bottom = bbox.top + bbox.height;
  const size = MARK_PX * devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.setLineDash(DASH);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bottom);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x - size, bottom + size);
  ctx.lineTo(x + size, bottom + size);
  ctx.lineTo(x, bottom);
  ctx.fill();
  ctx.restore();
}

/** An xychart panel, series mapped by itself: the second number of a table over the first, joined by a line. */
export function Cloud({ frames, width, height, timeZone }) {
  const theme = useTheme2();
  const [x, y] = frames[0].fields.filter((field) => field.type === FieldType.number);
  const builder = new UPlotConfigBuilder(timeZone);
  builder.setMode(2);
  builder.setPrepData((data) => data);
  for (const [field, scaleKey, orientation, placement] of [[x, 'x', ACROSS, 'bottom'], [y, 'y', UP, 'left']]) {
    const { min, max, decimals, custom } = field.config;
    const formatValue = (value, digits) => formattedValueToString(field.display(value, digits));
    builder.addScale({ scaleKey, orientation, direction: 1, isTime: false, min, max, softMin: custom?.axisSoftMin, softMax: custom?.axisSoftMax, decimals });
    builder.addAxis({ scaleKey, placement, theme, decimals, label: custom?.axisLabel || field.name, formatValue });
  }
  builder.addSeries({
    facets: [{ scale: 'x', auto: true }, { scale: 'y', auto: true }],
    pathBuilder: (plot, index) => drawPath(plot, index, getFieldSeriesColor(y, theme).color, y.config.custom),
    pxAlign: 0,
    scaleKey: '',
    theme,
  });
  return <UPlotChart config={builder} data={[null, [x.values, y.values]]} width={width} height={height} />;
}

function drawPath(plot, index, colour, custom) {
  const { ctx } = plot;
  const [xs, ys] = plot.data[index];
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = (custom.lineWidth ?? 1) * devicePixelRatio;
  ctx.beginPath();
  xs.forEach((x, at) => ctx.lineTo(plot.valToPos(x, 'x', true), plot.valToPos(ys[at], 'y', true)));
  ctx.stroke();
  ctx.restore();
  return null;
}
