import { Token, type Duration, type Size } from 'aws-cdk-lib';
import { KNOWN_SETTINGS } from './known-settings';
import { LobMode, paymentSettings, type TaskSettingsOptions } from './payment-settings';
import { checkSetting } from './setting-rules';
import { invalidInput } from '../core';

type Section = Readonly<Record<string, unknown>>;

/**
 * How DMS carries rows and changes, and what it does when it cannot.
 *
 * Settings do not change: `override` returns others.
 */
export class TaskSettings {
  /** What keeps payments: whole values, the order of commits, and every error stops the task. */
  public static forPayments(options: TaskSettingsOptions = {}): TaskSettings {
    checkOptions(options);
    return new TaskSettings(paymentSettings(options));
  }

  /**
   * Settings in DMS's own words, alone: what they do not say is DMS's default, under which most errors stop nothing.
   *
   * What this release knows is checked; what it does not know passes as it is.
   *
   * https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.html
   */
  public static fromJson(json: string): TaskSettings {
    if (Token.isUnresolved(json)) throw invalidInput('taskSettings', 'a token', 'literal JSON');
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch (error) {
      throw invalidInput('taskSettings', json.slice(0, 80), `JSON (${(error as Error).message})`);
    }
    if (!isSection(value)) throw invalidInput('taskSettings', json.slice(0, 80), 'an object of sections');
    return new TaskSettings(value);
  }

  private constructor(private readonly settings: Section) {
    for (const [name, known] of Object.entries(KNOWN_SETTINGS)) {
      const section = settings[name];
      if (section === undefined || section === null) continue;
      if (!isSection(section)) throw invalidInput(`taskSettings.${name}`, section, 'an object');
      for (const [key, rule] of Object.entries(known)) {
        const value = section[key];
        if (value !== undefined && value !== null) checkSetting(`taskSettings.${name}.${key}`, rule, value);
      }
    }
    checkLobs(settings.TargetMetadata);
  }

  /**
   * These settings with another value for one: `override('FullLoadSettings.MaxFullLoadSubTasks', '16')`.
   *
   * @param path section and name, as DMS writes them
   * @param value a number, `true`, `false` or a word, as text
   */
  public override(path: string, value: string): TaskSettings {
    const [name, key, ...more] = path.split('.');
    const section = KNOWN_SETTINGS[name];
    if (!section || more.length > 0) throw invalidInput('path', path, `a section of ${Object.keys(KNOWN_SETTINGS).join(', ')}, a dot and a name`);
    const rule = section[key ?? ''];
    if (!rule) throw invalidInput('path', path, `${name}. and one of ${Object.keys(section).join(', ')}`);
    const read = rule.read(value);
    if (read === undefined) throw invalidInput(`taskSettings.${path}`, value, rule.allowed);
    return this.with(name, { [key]: read });
  }

  /** The settings as DMS takes them. */
  public toJson(): string {
    return JSON.stringify(this.settings);
  }

  /**
   * The same for a task without a load.
   *
   * @internal
   */
  public _forChanges(): TaskSettings {
    return isSection(this.settings.FullLoadSettings)
      ? this.with('FullLoadSettings', { StopTaskCachedChangesApplied: false, StopTaskCachedChangesNotApplied: false })
      : this;
  }

  private with(name: string, values: Section): TaskSettings {
    const section = this.settings[name];
    return new TaskSettings({ ...this.settings, [name]: { ...(isSection(section) ? section : {}), ...values } });
  }
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkOptions({ lobMode, lobMaxSize, commitTimeout, transactionConsistencyTimeout }: TaskSettingsOptions): void {
  const durations: Record<string, Duration | undefined> = { commitTimeout, transactionConsistencyTimeout };
  for (const [prop, duration] of Object.entries(durations)) {
    if (duration?.isUnresolved()) throw invalidInput(prop, 'a token', 'a literal Duration');
    const seconds = duration?.toSeconds({ integral: false });
    if (seconds !== undefined && !Number.isInteger(seconds)) throw invalidInput(prop, seconds, 'a whole number of seconds');
  }
  const size: Size | undefined = lobMaxSize;
  if (size?.isUnresolved()) throw invalidInput('lobMaxSize', 'a token', 'a literal Size');
  if (lobMode === LobMode.LIMITED && size === undefined) throw invalidInput('lobMaxSize', undefined, 'the size of the largest value, measured on the source');
  if (lobMode !== LobMode.LIMITED && size !== undefined) throw invalidInput('lobMaxSize', `${size.toKibibytes()} KiB`, 'none without LobMode.LIMITED');
}

/** Large values need one way in which they are carried, and its size. */
function checkLobs(section: unknown): void {
  if (!isSection(section) || section.SupportLobs !== true) return;
  const { FullLobMode: full = false, LimitedSizeLobMode: limited = false, LobChunkSize: chunk = 0, LobMaxSize: max = 0 } = section;
  if (full === limited) throw invalidInput('taskSettings.TargetMetadata', `FullLobMode ${String(full)} and LimitedSizeLobMode ${String(limited)}`, 'one of them true');
  if (full === true && chunk === 0) throw invalidInput('taskSettings.TargetMetadata.LobChunkSize', chunk, 'a whole number from 1 to 64 with FullLobMode');
  if (limited === true && max === 0) throw invalidInput('taskSettings.TargetMetadata.LobMaxSize', max, 'a whole number from 1 to 102400 with LimitedSizeLobMode');
}
