using System.Diagnostics.CodeAnalysis;
using Akka.Actor;

namespace FloodActors;

/// <summary>Turns what people write for a peer into the path of its flood's actor.</summary>
internal static class FloodAddress
{
    /// <summary>
    /// <c>HOST:PORT</c> (a system of our name, a flood at our path), an Akka address such as <c>akka.tcp://name@host:1234</c> (a flood at our path),
    /// or the full path of a flood's actor.
    /// </summary>
    public static bool TryResolve(string text, ActorPath self, Address local, [NotNullWhen(true)] out string? path, out string problem)
    {
        (path, problem) = (null, "");
        if (string.IsNullOrWhiteSpace(text))
        {
            problem = "the address is empty; write HOST:PORT or akka.tcp://SYSTEM@HOST:PORT";
            return false;
        }
        text = text.Trim();
        if (text.StartsWith('/'))
        {
            path = $"akka://{self.Address.System}{text}";
            return true;
        }
        if (text.Contains("://", StringComparison.Ordinal))
        {
            if (ActorPath.TryParse(text, out var full) && full.Elements.Count > 0 && full.Elements[0].Length > 0) path = full.ToSerializationFormat();
            else if (Address.TryParse(text, out var address)) path = new RootActorPath(address) + string.Join('/', self.Elements);
            else problem = "it is not an Akka address; write HOST:PORT or akka.tcp://SYSTEM@HOST:PORT";
            return path is not null;
        }
        var colon = text.LastIndexOf(':');
        if (colon < 1 || !int.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port) || port is < 1 or > 65535)
        {
            problem = "write HOST:PORT with a port from 1 to 65535";
            return false;
        }
        if (local.Host is null)
        {
            problem = "this system has no remoting; set akka.actor.provider = remote (or cluster)";
            return false;
        }
        path = new RootActorPath(new Address(local.Protocol, local.System, text[..colon].Trim('[', ']'), port)) + string.Join('/', self.Elements);
        return true;
    }
}
