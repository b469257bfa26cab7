using FloodActors.Core;
using FloodActors.Links;

namespace FloodActors.Simulation;

/// <summary>
/// One incarnation of a node: what <c>FloodActor</c> is to a <see cref="FloodState"/>, with its mailbox and its links. It does as that actor
/// does, message by message. Which mailbox is served next is drawn at random, so that every order that actors can run in comes up.
/// </summary>
internal sealed partial class SimNode
{
    /// <summary>Link messages that wait in one mailbox at most; as in reference.conf.</summary>
    public const int ForeignLimit = 1024;

    private readonly FloodSettings _settings;
    private readonly Queue<Mail> _mailbox = new();
    private readonly List<SimLink> _ready = [];
    private readonly List<FloodNotice> _notices = [];
    private readonly NodeInfo _self;
    private readonly long _clockOffset;
    private readonly List<SimulatedAppend> _held = [];
    private long _freeAt;
    private bool _running;
    private int _hellos;

    public SimNode(SimWorld world, int index, ulong incarnation)
    {
        World = world;
        Index = index;
        _settings = world.Options.Settings;
        Random = world.Random.Fork(incarnation);
        Incarnation = incarnation;
        _clockOffset = Random.Between(1, 1_000_000);
        var seen = SeenSet.Create(_settings, incarnation, Random.NextULong());
        State = new FloodState(world.Mutation.Settings(_settings), incarnation, world.Mutation.SeenSet(seen), world.Mutation.Rule);
        _self = new NodeInfo(NameOf(index), AddressOf(index), incarnation, Admission.ModeOf(_settings), _settings.Window, _settings.MaxMessageSize, 0);
        Listener = State.AddListener(wantsDrops: (incarnation & 1) == 0, replay: false);
        Record = new NodeRecord(this);
    }

    public SimWorld World { get; }

    public int Index { get; }

    public ulong Incarnation { get; }

    public FloodState State { get; }

    public SeededRandom Random { get; }

    public ListenerCursor Listener { get; }

    /// <summary>What the oracle has noted of it.</summary>
    public NodeRecord Record { get; }

    public bool IsDown { get; private set; }

    public bool IsFrozen { get; set; }

    /// <summary>Microseconds that its flood takes for each message.</summary>
    public long EachMessage { get; set; }

    /// <summary>Microseconds by which its wall clock is set forward.</summary>
    public long WallShift { get; set; }

    /// <summary>Milliseconds of its monotonic clock.</summary>
    public long Now => (World.Time / 1000) + _clockOffset;

    public int Waiting => _mailbox.Count;

    public int HeldAppends => _held.Count;

    public static string NameOf(int index) => $"n{index}";

    public static string AddressOf(int index) => $"sim://n{index}";

    private FloodTime Time => new(Now, DateTime.UnixEpoch.Ticks + ((World.Time + WallShift) * 10));

    public void Start(IEnumerable<int> dials)
    {
        World.Queue.Plan(World.Time + Random.Between(0, TickMicros), Happening.Tick, Index, this);
        World.Queue.Plan(World.Time, Happening.ListenerAsks, Index, this);
        foreach (var neighbour in dials) Dial(neighbour);
    }

    /// <summary>It dies, and everything in it.</summary>
    public void Crash()
    {
        IsDown = true;
        foreach (var link in _links) link.Die();
        _mailbox.Clear();
    }

    public void Post(in Mail mail)
    {
        if (IsDown) return;
        if (mail.Kind == MailKind.Hello && ++_hellos > ForeignLimit)
        {
            _hellos--;
            return;
        }
        _mailbox.Enqueue(mail);
    }

    public void NowReady(SimLink link)
    {
        if (link.IsReady) return;
        link.IsReady = true;
        _ready.Add(link);
    }

    /// <summary>Its timer. It goes on for as long as the node lives; a frozen node's timers do not fire.</summary>
    public void OnTimer()
    {
        if (IsDown) return;
        World.Queue.Plan(World.Time + TickMicros, Happening.Tick, Index, this);
        if (IsFrozen) return;
        if (World.Mutation.TicksLinks)
            foreach (var link in _links) link.Post(new Mail(MailKind.LinkTick, link, null, 0, 0));
        Post(new Mail(MailKind.NodeTick, null, null, 0, 0));
        Run();
        World.Oracle.AfterTick(this);
    }

    /// <summary>Works until every mailbox is empty, or the flood is busy.</summary>
    public void Run()
    {
        if (IsDown || IsFrozen || _running) return;
        _running = true;
        while (!IsDown)
        {
            var floodIsReady = _mailbox.Count > 0 && World.Time >= _freeAt;
            var choices = _ready.Count + (floodIsReady ? 1 : 0);
            if (choices == 0) break;
            var choice = choices == 1 ? 0 : Random.Next(choices);
            if (choice < _ready.Count) RunLink(choice);
            else RunFlood();
        }
        _running = false;
        if (_mailbox.Count > 0 && !IsDown) World.Queue.Plan(_freeAt, Happening.Wake, Index, this);
    }

    private const long TickMicros = 250_000;

    private void RunLink(int choice)
    {
        var link = _ready[choice];
        if (link.HasMail)
        {
            link.HandleNext();
            World.Oracle.AfterLink(link);
        }
        if (link.HasMail) return;
        link.IsReady = false;
        choice = _ready.IndexOf(link);
        _ready[choice] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
    }

    private void RunFlood()
    {
        var mail = _mailbox.Dequeue();
        if (EachMessage > 0) _freeAt = World.Time + EachMessage;
        Handle(mail);
        World.Oracle.AfterStep(this, mail);
    }

    private void Handle(in Mail mail)
    {
        switch (mail.Kind)
        {
            case MailKind.Batch: OnReceived(mail.Link!, (ReceivedBatch)mail.Body!); break;
            case MailKind.Ask: OnLinkAsk(mail.Link!, (LinkAsk)mail.Body!); break;
            case MailKind.Acked: OnLinkAcked(mail.Link!, mail.Number); break;
            case MailKind.Append: _held.Add((SimulatedAppend)mail.Body!); Drain(); break;
            case MailKind.NodeTick: OnTick(); break;
            case MailKind.Hello: _hellos--; OnHello((Hello)mail.Body!, mail.Link!); break;
            case MailKind.Ready: OnLinkReady(mail.Link!, (NodeInfo)mail.Body!); break;
            case MailKind.Ended: OnLinkEnded(mail.Link!, (LinkEnded)mail.Body!); break;
            case MailKind.Gone: OnLinkGone(mail.Link!); Pump(); break;
            case MailKind.ListenerAsks: Listener.Room = _settings.ListenerBatch; Pump(); break;
        }
    }

    /// <summary>Takes the waiting appends, unless <c>on-lag = wait</c> tells them to wait on.</summary>
    private void Drain()
    {
        var done = 0;
        for (; done < _held.Count && !State.MustAppendsWait; done++)
        {
            var append = _held[done];
            var body = World.Body(append);
            var id = World.Hash is null ? default : World.Hash(PayloadKind.Bytes, body.Span);
            var isNew = State.Append(PayloadKind.Bytes, body, id, Time, out var given);
            World.Oracle.Appended(this, given, append, isNew);
            if (_settings.OnLag == LagPolicy.Wait) State.Trim();
        }
        _held.RemoveRange(0, done);
        Pump();
    }

    private void OnReceived(SimLink link, ReceivedBatch batch)
    {
        if (!_links.Contains(link)) return;
        if (link.Record.Cursor is { } cursor && link.Record.Closing is null)
        {
            State.Receive(cursor, batch.Span, Time);
            World.Oracle.Received(this, link.Record.Node!.Incarnation);
        }
        link.Post(new Mail(MailKind.Taken, link, batch, 0, 0));
        Pump();
    }

    private void OnTick()
    {
        var now = Now;
        World.Mutation.Ticking(State);
        State.Tick(now);
        World.Oracle.CursorsMayBeGone(this);
        foreach (var link in _links)
            if (link.Record.IsUp && link.Record.Cursor!.MustDisconnect) Close(link, LinkEnd.Lagged, "it fell behind");
        if (World.Mutation.Redials) Redial(now);
        if (_held.Count > 0) Drain();
        else Pump();
    }

    /// <summary>Whoever has asked for more and can be given more is given it.</summary>
    private void Pump()
    {
        foreach (var link in _links) Feed(link);
        if (Listener.Room > 0 && State.Pull(Listener, _notices))
        {
            World.Oracle.Told(this, _notices);
            _notices.Clear();
            World.Queue.Plan(World.Time + World.SubscriberDelay(this), Happening.ListenerAsks, Index, this);
        }
        State.Trim();
    }

    private void Feed(SimLink link)
    {
        if (link.Record.Ask is not { } ask || link.Record.Cursor is not { } cursor) return;
        if (!State.Pull(cursor, ask.Records)) return;
        World.Oracle.HandedOut(this, link, ask.Records);
        World.Mutation.HandedOut(cursor, ask.Records);
        ask.UpTo = cursor.Handed;
        link.Record.Ask = null;
        link.Post(new Mail(MailKind.Answer, link, null, 0, 0));
    }
}
