using Akka.Actor;

namespace FloodActors.Actors;

/// <summary>What the node must know of the transport under Akka.Remote.</summary>
internal static class Transport
{
    public const string FrameKey = "akka.remote.dot-netty.tcp.maximum-frame-size";

    /// <summary>The envelope around a frame: two actor paths, a manifest and Akka.Remote's own fields.</summary>
    private const int Envelope = 2048;

    /// <summary>
    /// Bytes of the largest frame that the transport carries; it silently drops larger ones.
    /// </summary>
    public static int LargestFrame(ExtendedActorSystem system)
    {
        if (system.Provider.DefaultAddress.HasLocalScope) return int.MaxValue;
        var limit = system.Settings.Config.GetByteSize(FrameKey, null) ?? int.MaxValue;
        return (int)Math.Clamp(limit - Envelope, FloodSettings.LeastFrame, int.MaxValue);
    }
}
