using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>
/// A peer that is a stream of values, with its driver: it takes messages at its own speed, brings its own values, and
/// cannot take some of the messages.
/// </summary>
internal sealed class SimStream(SimNode owner, StreamUse use, Link record, Origin origin)
    : Mailbox(owner.Process), ILinkDriver
{
    /// <summary>Its demand in bytes.</summary>
    public const int Room = 4096;

    private const string NoForm = "the value has no form in the stream";

    private readonly LinkDemand _demand = new();

    public StreamUse Use { get; } = use;

    public Link Record { get; } = record;

    /// <summary>The origin of the values that it brings.</summary>
    public Origin Origin { get; } = origin;

    /// <summary>The messages that it has been given, or has brought.</summary>
    public Holder Holder { get; } = new(owner.World.Options.Appends.Count) { IsStream = true, CatchesUp = use.CatchUp };

    public bool IsOpen { get; private set; }

    /// <summary>It brings a value.</summary>
    public void Bring(SimulatedAppend append)
    {
        if (!IsOpen || owner.World.Hash is not { } hash) return;
        Post(() =>
        {
            var body = owner.World.Body(append);
            var batch = new ReceivedBatch();
            var id = hash(append.Kind, body.Span);
            var entry = new LinkEntry(RecordType.Message, id, append.Kind, Hops: 1, body) { OwnsBody = true,
                Author = Origin };
            batch.Add(entry);
            owner.World.Oracle.Brought(Holder, Origin, id, body);
            owner.Post(() => owner.OnBatch(Record, batch));
        });
    }

    /// <summary>Its other side completes, or breaks.</summary>
    public void End(LinkEnd cause)
    {
        if (IsClosed) return;
        (IsOpen, var reason) = (false, $"the stream ended: {cause}");
        owner.Post(() => owner.Node.OnEnded(Record, cause, reason, owner.Time));
        Close();
        owner.Gone(this, Record);
    }

    protected override void Served()
    {
    }

    void ILinkDriver.Open()
    {
        IsOpen = true;
        Post(Ask);
    }

    void ILinkDriver.Close(LinkEnd cause, string reason)
    {
        owner.World.Oracle.Closing(owner, Record, cause);
        Post(() => End(cause));
    }

    void ILinkDriver.Give(LinkDemand demand)
    {
        owner.World.Oracle.HandedOut(owner, Record, demand.Records);
        owner.World.Mutation.HandedOut(Record.Cursor!, demand.Records);
        var wait = Use.Delay > TimeSpan.Zero ? owner.Random.Between(0, SimWorld.Micros(Use.Delay)) : 0;
        owner.World.Later(wait, () =>
        {
            Post(() => Take(demand));
            Process.Run();
        });
    }

    void ILinkDriver.Held(ReceivedBatch batch) =>
        throw new InvalidOperationException("A stream tells no ids: what it brings waits for nothing.");

    void ILinkDriver.Taken(ReceivedBatch batch)
    {
    }

    void ILinkDriver.WantAck()
    {
    }

    void ILinkDriver.GreetAgain()
    {
    }

    private void Take(LinkDemand demand)
    {
        foreach (var given in demand.Records)
        {
            var message = given.Message!;
            if (Use.CannotTakeEvery > 0 && message.Body.Length % Use.CannotTakeEvery == 0)
                owner.Post(() => owner.Node.OnFault(Record, message.Id, wasIncoming: false, NoForm, owner.Time));
            else owner.World.Oracle.Given(owner, this, message);
        }
        Ask();
    }

    private void Ask()
    {
        _demand.Records.Clear();
        (_demand.Room, _demand.Acked) = (Room, _demand.UpTo);
        owner.Post(() => owner.Node.OnDemand(Record, _demand, owner.Time));
    }
}
