using System.Globalization;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace FloodActors;

/// <summary>
/// Reads <see cref="FloodSettings"/> from HOCON. A key that does not exist, a missing one, a value that cannot be read:
/// an error that names it.
/// </summary>
internal static class FloodSettingsReader
{
    public static FloodSettings Read(Config root, string name)
    {
        var reference = FloodExtension.DefaultConfig().GetConfig("flood");
        if (!root.HasPath("flood"))
        {
            throw new FloodConfigurationException(
                "The section 'flood' is missing: add FloodExtension.DefaultConfig() as a fallback.");
        }
        if (!root.GetValue("flood").IsObject())
        {
            var value = root.GetValue("flood").ToString().Trim();
            throw new FloodConfigurationException($"flood = {value} is wrong: it must be a section, flood {{ ... }}.");
        }
        var flood = root.GetConfig("flood");
        var section = new Section("flood", flood);
        section.RefuseUnknownKeys(reference.Root, except: "instances");
        if (name != Flood.DefaultName)
        {
            if (!IsName(name))
            {
                throw new FloodConfigurationException(
                    $"'{name}' cannot name a flood: use letters, digits, '-' and '_'.");
            }
            if (flood.HasPath($"instances.{name}"))
            {
                var path = $"flood.instances.{name}";
                var own = root.GetConfig(path);
                new Section(path, own).RefuseUnknownKeys(reference.Root, except: "instances");
                section = new Section(
                    "flood", own.WithFallback(flood), key => own.HasPath(key) ? $"{path}.{key}" : $"flood.{key}");
            }
        }
        var settings = new FloodSettings();
        foreach (var row in SettingsTable.Rows) settings = row.Change(settings, section.Value(row));
        return settings;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <param name="path">Where it stands, for messages.</param>
    /// <param name="config">The section.</param>
    /// <param name="locate">Where a key's value comes from, when that is not one place for all.</param>
    private sealed class Section(string path, Config config, Func<string, string>? locate = null)
    {
        public object Value(Setting setting) => setting.Kind switch
        {
            SettingKind.Text => Read(setting.Key, "a text", value => value.GetString()),
            SettingKind.Texts => List(setting.Key),
            SettingKind.Types => Types(setting.Key),
            SettingKind.Switch => Read(setting.Key, "on or off", value => Switch(value.GetString())),
            SettingKind.Choice => Read(setting.Key, setting.Allowed, value => Choice(setting.Type, value.GetString())),
            SettingKind.Number when setting.Word is { } word => Read(
                setting.Key, $"a whole number or {word.Text}",
                value => value.GetString() == word.Text ? word.Value : Whole(value.GetString())),
            SettingKind.Number => Read(setting.Key, "a whole number", value => Whole(value.GetString())),
            SettingKind.Size when setting.Type == typeof(int) => Read(
                setting.Key, "a size below 2 GiB such as 512 KiB or 4 MiB", value => ShortSize(value.GetString())),
            SettingKind.Size => Read(setting.Key, "a size such as 512 KiB or 4 MiB", value => Size(value.GetString())),
            SettingKind.Duration => Read(
                setting.Key, "a duration such as 500ms, 5s or 2m", value => value.GetTimeSpan(allowInfinite: false)),
            _ => throw new NotSupportedException($"flood.{setting.Key}: a {setting.Kind} cannot be read."),
        };

        private static int ShortSize(string text) => checked((int)Size(text));

        private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

        private static bool Switch(string text) => text switch
        {
            "on" or "true" or "yes" => true,
            "off" or "false" or "no" => false,
            _ => throw new FormatException(),
        };

        private static object Choice(Type type, string text)
        {
            var name = Enum.GetNames(type).FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
            return name is null ? throw new FormatException() : Enum.Parse(type, name);
        }

        private IReadOnlyList<string> List(string key) => Read(key, "a list of texts", value =>
            // Akka's parser calls an empty list neither a list nor anything else.
            !value.IsString() && !value.IsObject() ? value.GetStringList().ToArray() : throw new FormatException());

        private IReadOnlyList<Type> Types(string key) => List(key).Select(type => Find(type)
            ?? throw new FloodConfigurationException(
                $"{Where(key)}: there is no type '{type}'; write it as 'Namespace.Name, Assembly'.")).ToArray();

        private static Type? Find(string type)
        {
            try
            {
                return Type.GetType(type);
            }
            catch (Exception e) when (
                e is ArgumentException or TypeLoadException or IOException or BadImageFormatException)
            {
                return null;
            }
        }

        private string Where(string key) => locate?.Invoke(key) ?? $"{path}.{key}";

        /// <summary>
        /// Refuses keys that the reference does not have: a misspelt key must not look like a default.
        /// </summary>
        public void RefuseUnknownKeys(HoconValue reference, string except) =>
            Compare(path, config.Root, reference, except);

        private static void Compare(string path, HoconValue actual, HoconValue reference, string except)
        {
            if (!actual.IsObject()) return;
            var known = reference.GetObject().Items;
            foreach (var (key, value) in actual.GetObject().Items)
            {
                if (key == except) continue;
                if (!known.TryGetValue(key, out var twin))
                {
                    throw new FloodConfigurationException(
                        $"{path}.{key} is no setting of FloodActors. "
                        + $"Known here: {string.Join(", ", known.Keys.Order())}.");
                }
                if (twin.IsObject()
                    && key is not ("mailbox" or "dispatcher" or "listener-dispatcher" or "cluster" or "discovery"))
                    Compare($"{path}.{key}", value, twin, except: "");
            }
        }

        private T Read<T>(string key, string expected, Func<HoconValue, T> read)
        {
            if (!config.HasPath(key))
                throw new FloodConfigurationException($"{Where(key)} is missing: it must be {expected}.");
            var value = config.GetValue(key);
            try
            {
                return read(value);
            }
            catch (Exception e) when (e is not FloodConfigurationException)
            {
                throw new FloodConfigurationException(
                    $"{Where(key)} = {Printed(value)} is wrong: it must be {expected}.", e);
            }
        }

        /// <summary>On one line.</summary>
        private static string Printed(HoconValue value) =>
            string.Join(' ', value.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        private static long Size(string text)
        {
            var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
            if (digits == 0) throw new FormatException();
            var number = decimal.Parse(
                text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
            return checked((long)(number * text[digits..].Trim() switch
            {
                "" or "b" or "B" => 1,
                "kB" => 1000,
                "MB" => 1_000_000,
                "GB" => 1_000_000_000,
                "TB" => 1_000_000_000_000,
                "k" or "K" or "KiB" or "Ki" => 1 << 10,
                "m" or "M" or "MiB" or "Mi" => 1 << 20,
                "g" or "G" or "GiB" or "Gi" => 1 << 30,
                "t" or "T" or "TiB" or "Ti" => 1L << 40,
                _ => throw new FormatException(),
            }));
        }
    }
}
