using Akka;
using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace FloodActors.Streams.Sockets;

/// <summary>A socket, the codec and the flood, in one stream.</summary>
internal static class JsonSocket
{
    /// <summary>The actor system of a flood.</summary>
    public static ExtendedActorSystem SystemOf(Flood flood) =>
        (ExtendedActorSystem)((ActorRefWithCell)flood.Actor).Underlying.System;

    /// <summary>Joins a socket to the flood.</summary>
    public static IRunnableGraph<(T Socket, FloodStream Stream)> Join<T>(
        Flood flood, Flow<ByteString, ByteString, T> socket, string id, JsonPeerOptions options,
        FloodStreamOptions streamOptions)
    {
        var handler = flood.CreateJsonStream(
            id, streamOptions with { CatchUp = options.CatchUp, Mapping = options.Mapping })
            .Join(JsonDoubleLine.For(flood, options));
        // A blank line without values around it has no meaning, so it can keep the connection alive.
        if (options.KeepAlive > TimeSpan.Zero)
            handler = handler.KeepAlive(options.KeepAlive, () => ByteString.FromBytes("\n\n"u8.ToArray()));
        handler = handler.Via(new LingerStage(flood.Settings.PeerTimeout));
        if (options.SilenceTimeout > TimeSpan.Zero)
            handler = NotSilent(id, options.SilenceTimeout).ViaMaterialized(handler, Keep.Right);
        return socket.JoinMaterialized(handler, Keep.Both).MapMaterializedValue(both => (both.Item1, both.Item2));
    }

    private static Flow<ByteString, ByteString, NotUsed> NotSilent(string id, TimeSpan timeout) =>
        Flow.Create<ByteString>().IdleTimeout(timeout).SelectError(e => e is TimeoutException
            ? new FloodStreamException(
                id, LinkEnd.Timeout, $"nothing heard for {timeout} (flood-streams.json.silence-timeout)", e)
            : e);
}
