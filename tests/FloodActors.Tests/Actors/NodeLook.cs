using System.Buffers.Binary;
using Akka.Actor;
using FloodActors.Actors;
using FloodActors.Core;

namespace FloodActors.Tests.Actors;

/// <summary>Looks at the node behind a facade.</summary>
internal static class NodeLook
{
    public static Task<T> Look<T>(this Flood flood, Func<Node, T> look)
    {
        var answer = new Answer<T>(flood.Name);
        flood.Actor.Tell(new FloodCommand.Read<T>(look, answer), ActorRefs.NoSender);
        return answer.Task.Soon();
    }

    /// <summary>Waits; the bound is only there to end a failing test.</summary>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(20));

    /// <inheritdoc cref="Soon{T}"/>
    public static Task Soon(this Task task) => task.WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>So many bytes, unlike those of any other number.</summary>
    public static FloodPayload Numbered(int size, int number)
    {
        var bytes = new byte[size];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return FloodPayload.Bytes(bytes);
    }

    /// <summary>Messages that wait for the flood's actor.</summary>
    public static int Waiting(this Flood flood) => ((ActorRefWithCell)flood.Actor).Underlying.NumberOfMessages;
}

/// <summary>A system without remoting, for a test of one node.</summary>
internal sealed class LocalSystem : IAsyncDisposable
{
    public LocalSystem(string hocon = "") => System = ActorSystem.Create(
        "flood", Akka.Configuration.ConfigurationFactory.ParseString(hocon)
            .WithFallback("akka { loglevel = ERROR, stdout-loglevel = OFF }")
            .WithFallback(FloodExtension.DefaultConfig()));

    public ActorSystem System { get; }

    public async ValueTask DisposeAsync() => await System.Terminate();
}
