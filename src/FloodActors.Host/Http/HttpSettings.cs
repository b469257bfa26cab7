using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace FloodActors.Host.Http;

/// <summary>The section <c>flood-http</c>. Its defaults, with reasons, are in host.conf.</summary>
/// <param name="BodyBytes">Bytes of all request bodies that have begun to arrive.</param>
/// <param name="BodyTimeout">How long a body may take to arrive.</param>
/// <param name="MaxFollowers">Readers of events at a time, pages included.</param>
/// <param name="MaxConnections">Connections at a time.</param>
internal sealed record HttpSettings(long BodyBytes, TimeSpan BodyTimeout, int MaxFollowers, int MaxConnections)
{
    private const string Root = "flood-http";

    private static readonly string[] Keys = ["body-bytes", "body-timeout", "max-connections", "max-followers"];

    /// <exception cref="HostException">A key is unknown, or its value wrong.</exception>
    public static HttpSettings Read(Config config)
    {
        var section = config.GetConfig(Root);
        foreach (var key in section.Root.GetObject().Items.Keys)
        {
            if (!Keys.Contains(key))
                throw HostException.Usage($"{Root}.{key} is no setting. Known here: {string.Join(", ", Keys)}.");
        }
        return new HttpSettings(
            Value(section, "body-bytes", "a size from 64 KiB to 1 TiB",
                value => value.GetByteSize(), size => size is >= 64 << 10 and <= 1L << 40)!.Value,
            Value(section, "body-timeout", "a duration from 100ms to 1h",
                value => value.GetTimeSpan(allowInfinite: false),
                time => time >= TimeSpan.FromMilliseconds(100) && time <= TimeSpan.FromHours(1)),
            Value(section, "max-followers", "a whole number from 1 to 1000",
                value => value.GetInt(), count => count is >= 1 and <= 1000),
            Value(section, "max-connections", "a whole number from 1 to 65535",
                value => value.GetInt(), count => count is >= 1 and <= 65_535));
    }

    /// <summary>Bytes that a body may have: a payload with every byte escaped, but no more than the budget.</summary>
    public long LargestBody(FloodSettings settings) => Math.Min(BodyBytes, (6L * settings.MaxMessageSize) + 4096);

    private static T Value<T>(
        Config section, string key, string expected, Func<HoconValue, T> read, Predicate<T> isAllowed)
    {
        var value = section.GetValue(key);
        try
        {
            if (read(value) is var result && isAllowed(result)) return result;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Wrong(e);
        }
        throw Wrong(null);

        HostException Wrong(Exception? e) =>
            HostException.Usage($"{Root}.{key} = {value.ToString()?.Trim(' ', '"')} is wrong: "
                + $"it must be {expected}.", e);
    }
}
