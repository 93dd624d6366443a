// From an answer of InfluxDB to what a panel draws, as Grafana does it: the frames of its InfluxDB data source (InfluxQL),
// then the transformations, then the defaults and overrides of fieldConfig.

import {
  FieldConfigOptionsRegistry,
  FieldType,
  applyFieldOverrides,
  cacheFieldDisplayNames,
  createDataFrame,
  displayNameOverrideProcessor,
  identityOverrideProcessor,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
} from '@grafana/data';
import { firstValueFrom } from 'rxjs';

const STANDARD = ['displayName', 'unit', 'min', 'max', 'decimals', 'color', 'noValue', 'thresholds', 'mappings', 'links'];
const TYPES = { string: FieldType.string, number: FieldType.number, boolean: FieldType.boolean };

/** Tell Grafana's library what a server's start tells it. */
export function register() {
  standardFieldConfigEditorRegistry.setInit(() => STANDARD.map((id) => property(id, id, false)));
  const byId = new Map(Object.values(standardTransformers).map((each) => [each.id, each])); // some have two names
  standardTransformersRegistry.setInit(() =>
    [...byId].map(([id, each]) => ({ id, name: each.name, transformation: () => Promise.resolve(each) }))
  );
}

/**
 * @param panel a panel of a dashboard's JSON
 * @param answers of each target, the series of InfluxDB's answer
 * @returns the frames with everything that drawing needs
 */
export async function framesOf(panel, answers, theme, timeZone) {
  const frames = panel.targets.flatMap((target, index) =>
    target.resultFormat === 'table' ? tableFrames(answers[index]) : seriesFrames(answers[index], target)
  );
  const context = { interpolate: (text) => text };
  const changed = await firstValueFrom(transformDataFrame(panel.transformations ?? [], frames, context));
  const fieldConfig = migrated(panel.fieldConfig);
  const made = applyFieldOverrides({
    data: changed,
    fieldConfig,
    replaceVariables: (text) => text,
    theme,
    timeZone,
    fieldConfigRegistry: registryOf(fieldConfig),
  });
  cacheFieldDisplayNames(made); // the table reads names only from there
  return made;
}

function tableFrames(series) {
  if (!series.length) {
    return [];
  }
  const [first] = series;
  const rows = series.flatMap((each) => each.values);
  const tags = Object.keys(first.tags ?? {}).map((name) =>
    field(name, FieldType.string, series.flatMap((each) => each.values.map(() => each.tags[name])), name)
  );
  const columns = first.columns.slice(1).map((name, index) => {
    const values = rows.map((row) => row[index + 1]);
    return field(name, typeOf(values), values, name);
  });
  const time = field('Time', FieldType.time, rows.map((row) => row[0]));
  return [createDataFrame({ name: first.name, refId: 'A', fields: [time, ...tags, ...columns] })];
}

function seriesFrames(series, target) {
  return series.flatMap((each) =>
    each.columns.slice(1).map((column, index) => {
      const values = each.values.map((row) => row[index + 1]);
      const name = legend(target.alias, each, column);
      const time = field('Time', FieldType.time, each.values.map((row) => row[0]));
      const value = { ...field('Value', typeOf(values), values, name), labels: each.tags };
      return createDataFrame({ name, refId: target.refId, fields: [time, value] });
    })
  );
}

function legend(alias, series, column) {
  return alias.replace(/\$(?:tag_(\w+)|(col)|(m))\b/g, (_, tag, col) =>
    tag ? (series.tags?.[tag] ?? '') : col ? column : series.name
  );
}

function field(name, type, values, displayNameFromDS) {
  return { name, type, values, config: displayNameFromDS ? { displayNameFromDS } : {} };
}

function typeOf(values) {
  return TYPES[typeof values.find((value) => value !== null)] ?? FieldType.number;
}

/** What Grafana 12.2 and later make of the properties of older tables when they load a dashboard. */
function migrated({ defaults, overrides }) {
  const newer = (property) => {
    const { id, value } = property;
    if (id === 'custom.hidden') {
      return [{ id: 'custom.hideFrom.viz', value }];
    }
    return id === 'custom.cellOptions' && value.wrapText ? [property, { id: 'custom.wrapText', value: true }] : [property];
  };
  return { defaults, overrides: overrides.map((each) => ({ ...each, properties: each.properties.flatMap(newer) })) };
}

/** A panel's plugin says which properties below `custom` there are: those that its JSON uses. */
function registryOf({ defaults, overrides }) {
  const used = new Set(Object.keys(defaults.custom ?? {}));
  for (const { id } of overrides.flatMap((each) => each.properties)) {
    if (id.startsWith('custom.')) {
      used.add(id.slice('custom.'.length));
    }
  }
  return new FieldConfigOptionsRegistry(() => [
    ...STANDARD.map((id) => property(id, id, false)),
    ...[...used].map((path) => property(`custom.${path}`, path, true)),
  ]);
}

function property(id, path, isCustom) {
  const process = id === 'displayName' ? displayNameOverrideProcessor : identityOverrideProcessor;
  const plain = { name: id, description: '', settings: {}, editor: () => null, override: () => null };
  return { ...plain, id, path, isCustom, process, shouldApply: () => true };
}
