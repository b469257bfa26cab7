using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Scale;

/// <summary>Who can take part in <c>scale</c> and <c>distance</c>, and with which settings.</summary>
internal static class ScaleSystems
{
    /// <summary>Each name with the redundancy that it asks for; null: as the flood has it by default.</summary>
    private static readonly Dictionary<string, string?> s_floods = new()
    {
        ["flood"] = null,
        ["flood-0"] = "0",
        ["flood-1"] = "1",
        ["flood-all"] = "all",
    };

    /// <summary>Spins of a thread of the pool before it sleeps: none, as hosts are told to set.</summary>
    public static IReadOnlyDictionary<string, string> Quiet { get; } = new Dictionary<string, string>
    {
        ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
    };

    public static string[] Names { get; } = [.. s_floods.Keys, Contestant.PubSub, Contestant.Nats];

    public static Contestant Of(string name, string topology) =>
        new(name, s_floods.ContainsKey(name) ? Contestant.Flood : name, topology);

    /// <summary>Why a system cannot take part; null when it can.</summary>
    public static string? Missing(string name) => name switch
    {
        Contestant.Nats when NatsServer.Program() is null => "nats-server is not installed",
        "flood-0" or "flood-1" when !Knows("redundancy") => "this build has no setting flood.redundancy",
        _ => null,
    };

    /// <summary>Settings that make the system what its name says.</summary>
    public static string Hocon(string name, bool quiet)
    {
        var settings = new List<string>();
        if (s_floods.GetValueOrDefault(name) is { } redundancy)
        {
            if (Knows("redundancy")) settings.Add($"flood.redundancy = {redundancy}");
            if (Knows("announce-above")) settings.Add("flood.announce-above = 0");
        }
        if (quiet) settings.Add(Hosting.QuietSystem.Config().ToString());
        return string.Join('\n', settings);
    }

    private static bool Knows(string key) => SettingsTable.Rows.Any(row => row.Key == key);
}
