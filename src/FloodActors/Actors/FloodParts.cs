using Akka.Actor;
using FloodActors.Core;
using FloodActors.Diagnostics;
using FloodActors.Payloads;

namespace FloodActors.Actors;

/// <summary>What a flood's actor shares with its facade.</summary>
/// <param name="Settings">Checked.</param>
/// <param name="Queue">Appends on their way.</param>
/// <param name="Refusals">Appends that were refused on the caller's thread.</param>
/// <param name="Codec">Encodes and decodes payloads.</param>
/// <param name="Callbacks">Called from the start on.</param>
internal sealed record FloodParts(
    FloodSettings Settings, AppendQueue Queue, Refusals Refusals, PayloadCodec Codec,
    FloodCallbacks? Callbacks) : INoSerializationVerificationNeeded
{
    private readonly TaskCompletionSource<FloodEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the node has ended.</summary>
    public Task<FloodEnd> Completion => _end.Task;

    /// <summary>The node's, once its actor runs.</summary>
    public NodeDiagnostics? Diagnostics { get; set; }

    /// <summary>The node's, once its actor runs; null if it has none.</summary>
    public MeasuredValidator? Validator { get; set; }

    /// <summary>The node has ended; the first reason counts.</summary>
    public void End(FloodEnd end)
    {
        _end.TrySetResult(end);
        var why =
            end.Cause == FloodEndCause.Failed ? new FloodRejection(RejectReason.Failed, end.Reason) : AppendQueue.Left;
        Refusals.Count(why, Queue.CloseAndReject(why));
    }

    /// <summary>Akka prints an actor's arguments when the actor cannot be created.</summary>
    public override string ToString() => nameof(FloodParts);

    /// <exception cref="FloodConfigurationException">A setting is wrong.</exception>
    public static FloodParts Create(FloodSettings settings, FloodCallbacks? callbacks)
    {
        settings.Validate();
        try
        {
            var queue = new AppendQueue(settings.AppendQueue, settings.AppendQueueBytes);
            return new FloodParts(
                settings, queue, new Refusals(), new PayloadCodec(PayloadOptions.Of(settings)), callbacks);
        }
        catch (ArgumentException e)
        {
            throw new FloodConfigurationException(e.Message, e);
        }
    }
}
