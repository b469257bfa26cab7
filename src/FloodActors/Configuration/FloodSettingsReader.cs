using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace FloodActors;

/// <summary>
/// Reads <see cref="FloodSettings"/> from HOCON. A key that does not exist, a missing one, a value that cannot be read: an error that names it.
/// </summary>
internal static class FloodSettingsReader
{
    public static FloodSettings Read(Config root, string name)
    {
        var reference = FloodExtension.DefaultConfig().GetConfig("flood");
        if (!root.HasPath("flood")) throw new FloodConfigurationException("The section 'flood' is missing: add FloodExtension.DefaultConfig() as a fallback.");
        if (!root.GetValue("flood").IsObject()) throw new FloodConfigurationException($"flood = {root.GetValue("flood").ToString().Trim()} is wrong: it must be a section, flood {{ ... }}.");
        var flood = root.GetConfig("flood");
        var section = new Section("flood", flood);
        section.RefuseUnknownKeys(reference.Root, except: "instances");
        if (name != Flood.DefaultName)
        {
            if (!IsName(name)) throw new FloodConfigurationException($"'{name}' cannot name a flood: use letters, digits, '-' and '_'.");
            if (flood.HasPath($"instances.{name}"))
            {
                var own = flood.GetConfig($"instances.{name}");
                new Section($"flood.instances.{name}", own).RefuseUnknownKeys(reference.Root, except: "instances");
                section = new Section("flood", own.WithFallback(flood), key => own.HasPath(key) ? $"flood.instances.{name}.{key}" : $"flood.{key}");
            }
        }
        return new FloodSettings
        {
            NodeName = section.Text("node-name"),
            Peers = section.List("peers"),
            Capacity = section.Whole("capacity"),
            CapacityBytes = section.Bytes("capacity-bytes"),
            MaxMessageSize = section.IntBytes("max-message-size"),
            MaxLag = section.Bytes("max-lag"),
            OnLag = section.Choice<LagPolicy>("on-lag"),
            MaxPeers = section.Whole("max-peers"),
            MessageId = section.Choice<MessageIdMode>("message-id"),
            ContentHash = section.Choice<ContentHash>("content-hash"),
            SeenMaxCount = section.Whole("seen.max-count"),
            SeenMaxAge = section.Time("seen.max-age"),
            SeenMaxOrigins = section.Whole("seen.max-origins"),
            SeenMaxIntervals = section.Whole("seen.max-intervals"),
            AppendQueue = section.Whole("append-queue"),
            AppendQueueBytes = section.Bytes("append-queue-bytes"),
            EventBuffer = section.Whole("event-buffer"),
            PeerTimeout = section.Time("peer-timeout"),
            PeerGrace = section.Time("peer-grace"),
            LeaveTimeout = section.Time("leave-timeout"),
            Window = section.IntBytes("window"),
            MaxFrame = section.IntBytes("max-frame"),
            ReassemblyBytes = section.Bytes("reassembly-bytes"),
            MaxPendingLinks = section.Whole("max-pending-links"),
            AnnounceAbove = section.Whole("announce-above"),
            PingInterval = section.Time("ping-interval"),
            ResendTimeout = section.Time("resend-timeout"),
            RedialMin = section.Time("redial.min"),
            RedialMax = section.Time("redial.max"),
            LocalFrames = section.Switch("local-frames"),
            ListenerBatch = section.Whole("listener.batch"),
            ListenerDispatcher = section.Text("listener.dispatcher"),
            JsonMaxDepth = section.Whole("json.max-depth"),
            HyperionMaxDepth = section.Whole("hyperion.max-depth"),
            Trace = section.Switch("trace"),
            HyperionTypes = section.Types("hyperion.types"),
        };
    }

    private static bool IsName(string name) => name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <param name="path">Where it stands, for messages.</param>
    /// <param name="config">The section.</param>
    /// <param name="locate">Where a key's value comes from, when that is not one place for all.</param>
    private sealed class Section(string path, Config config, Func<string, string>? locate = null)
    {
        public string Text(string key) => Read(key, "a text", value => value.GetString());

        public int Whole(string key) => Read(key, "a whole number", value => int.Parse(value.GetString(), System.Globalization.CultureInfo.InvariantCulture));

        public long Bytes(string key) => Read(key, "a size such as 512 KiB or 4 MiB", value => Size(value.GetString()));

        public int IntBytes(string key) => Read(key, "a size below 2 GiB such as 512 KiB or 4 MiB", value => checked((int)Size(value.GetString())));

        public TimeSpan Time(string key) => Read(key, "a duration such as 500ms, 5s or 2m", value => value.GetTimeSpan(allowInfinite: false));

        public bool Switch(string key) => Read(key, "on or off", value => value.GetString() switch
        {
            "on" or "true" or "yes" => true,
            "off" or "false" or "no" => false,
            _ => throw new FormatException(),
        });

        public T Choice<T>(string key)
            where T : struct, Enum =>
            Read(key, string.Join(" or ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant())), value =>
                Enum.GetNames<T>().FirstOrDefault(n => n.Equals(value.GetString(), StringComparison.OrdinalIgnoreCase)) is { } match ? Enum.Parse<T>(match) : throw new FormatException());

        public IReadOnlyList<string> List(string key) => Read(key, "a list of texts", value =>
            // Akka's parser calls an empty list neither a list nor anything else.
            !value.IsString() && !value.IsObject() ? value.GetStringList().ToArray() : throw new FormatException());

        public IReadOnlyList<Type> Types(string key) => List(key).Select(type =>
            Find(type) ?? throw new FloodConfigurationException($"{Where(key)}: there is no type '{type}'; write it as 'Namespace.Name, Assembly'.")).ToArray();

        private static Type? Find(string type)
        {
            try
            {
                return Type.GetType(type);
            }
            catch (Exception e) when (e is ArgumentException or TypeLoadException or IOException or BadImageFormatException)
            {
                return null;
            }
        }

        private string Where(string key) => locate?.Invoke(key) ?? $"{path}.{key}";

        /// <summary>Refuses keys that the reference does not have: a misspelt key must not look like a default.</summary>
        public void RefuseUnknownKeys(HoconValue reference, string except) => Compare(path, config.Root, reference, except);

        private static void Compare(string path, HoconValue actual, HoconValue reference, string except)
        {
            if (!actual.IsObject()) return;
            var known = reference.GetObject().Items;
            foreach (var (key, value) in actual.GetObject().Items)
            {
                if (key == except) continue;
                if (!known.TryGetValue(key, out var twin))
                    throw new FloodConfigurationException($"{path}.{key} is no setting of FloodActors. Known here: {string.Join(", ", known.Keys.Order())}.");
                if (twin.IsObject() && key is not ("mailbox" or "dispatcher" or "listener-dispatcher" or "cluster")) Compare($"{path}.{key}", value, twin, except: "");
            }
        }

        private T Read<T>(string key, string expected, Func<HoconValue, T> read)
        {
            var value = config.HasPath(key) ? config.GetValue(key) : throw new FloodConfigurationException($"{Where(key)} is missing: it must be {expected}.");
            try
            {
                return read(value);
            }
            catch (Exception e) when (e is not FloodConfigurationException)
            {
                throw new FloodConfigurationException($"{Where(key)} = {Printed(value)} is wrong: it must be {expected}.", e);
            }
        }

        /// <summary>On one line.</summary>
        private static string Printed(HoconValue value) => string.Join(' ', value.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        private static long Size(string text)
        {
            var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
            if (digits == 0) throw new FormatException();
            var number = decimal.Parse(text.AsSpan(0, digits), System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture);
            return checked((long)(number * text[digits..].Trim() switch
            {
                "" or "b" or "B" => 1,
                "kB" => 1000,
                "MB" => 1_000_000,
                "GB" => 1_000_000_000,
                "k" or "K" or "KiB" or "Ki" => 1 << 10,
                "m" or "M" or "MiB" or "Mi" => 1 << 20,
                "g" or "G" or "GiB" or "Gi" => 1 << 30,
                _ => throw new FormatException(),
            }));
        }
    }
}
