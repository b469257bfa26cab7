using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>
/// One incarnation of a node: what <c>FloodActor</c> is to a <see cref="Core.Node"/>. A mailbox, a clock and the
/// drivers that the node asks for; it decides nothing.
/// </summary>
internal sealed class SimNode : Mailbox, INodeOutput
{
    private static readonly long Start2026 = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    private readonly List<Mailbox> _links = [];
    private readonly List<SimSubscriber> _subscribers = [];
    private readonly Action _tick;
    private readonly long _clockOffset;
    private int _ends;
    private long _wakes;
    private bool _isBusy;

    public SimNode(SimWorld world, int index, ulong incarnation, FloodSettings settings)
        : base(new SimProcess(world.Random.Fork(incarnation)))
    {
        (World, Index, Incarnation, Settings) = (world, index, incarnation, settings);
        Random = world.Random.Fork(incarnation + 1);
        _clockOffset = Random.Between(1, 1_000_000);
        Queue = new AppendQueue(settings.AppendQueue, settings.AppendQueueBytes);
        Record = new NodeRecord(this);
        var salt = Random.NextULong();
        var seen = new ObservedSeenSet(world.Mutation.SeenSet(world.CreateSeenSet(settings, incarnation, salt)), this);
        var setup = new NodeSetup(
            world.Mutation.Settings(WithValidator(settings)), NameOf(index), world.Network.AddressOf(index), Queue,
            Refusals)
        {
            Incarnation = incarnation,
            Salt = salt,
            TransportFrame =
                world.Mutation.TransportFrame(world.Options.TransportFrames.GetValueOrDefault(index, int.MaxValue)),
        };
        Node = new Node(setup, this, world.Mutation.Rule, seen);
        Node.State.Events.Observer = e => World.Oracle.Raised(this, e);
        _tick = () =>
        {
            World.Mutation.Ticking(this);
            Node.Tick(Time);
        };
    }

    private FloodSettings WithValidator(FloodSettings settings) =>
        World.Options.RejectsOneIn.TryGetValue(Index, out var oneIn)
            ? settings with { Validator = new SimValidator(new SeededRandom(Incarnation ^ 0x7E2D1C75), oneIn) }
            : World.Options.RefusesOneIn.TryGetValue(Index, out oneIn)
                ? settings with { Validator = new ContentValidator(oneIn) } : settings;

    public SimWorld World { get; }

    public int Index { get; }

    public ulong Incarnation { get; }

    public FloodSettings Settings { get; }

    public Node Node { get; }

    public AppendQueue Queue { get; }

    public Refusals Refusals { get; } = new();

    public SeededRandom Random { get; }

    /// <summary>The oracle's notes on it.</summary>
    public NodeRecord Record { get; }

    public string Name => NameOf(Index);

    /// <summary>Drivers of links and streams that are alive.</summary>
    public IReadOnlyList<Mailbox> Links => _links;

    public IReadOnlyList<SimSubscriber> Subscribers => _subscribers;

    /// <summary>The most links at a time since nothing waited for it.</summary>
    public int LinksWhileWaiting { get; set; }

    /// <summary>Microseconds that it takes for each piece of mail.</summary>
    public long EachMessage { get; set; }

    /// <summary>It has been frozen or slow: it need not keep its timeouts.</summary>
    public bool WasHeldUp { get; set; }

    /// <summary>Microseconds by which its wall clock is set forward.</summary>
    public long WallShift { get; set; }

    /// <summary>Milliseconds of its monotonic clock.</summary>
    public long Now => (World.Time / 1000) + _clockOffset;

    public FloodTime Time => new(Now, Start2026 + ((World.Time + WallShift) * 10));

    /// <summary>When it must have left, by its clock; null if nobody has asked it to leave.</summary>
    public long? LeaveBy { get; set; }

    /// <summary>Starts the node that follows it.</summary>
    public Action? StartsAgain { get; set; }

    public override bool IsBusy => _isBusy;

    public static string NameOf(int index) => $"n{index}";

    public void Start()
    {
        World.Queue.Plan(World.Time + Random.Between(0, World.TickMicros), Happening.Tick, Index, this);
        var delay = SimWorld.Micros(World.Options.SubscriberDelay);
        Subscribe(new SimSubscriber(this, wantsDrops: (Incarnation & 1) == 0, replay: false, delay));
        Post(() => Node.Start(Time));
        Process.Run();
    }

    /// <summary>The process ends, and nothing in it is told.</summary>
    public void Stop()
    {
        Process.IsOver = true;
        foreach (var link in _links.ToList()) link.Close();
        Close();
    }

    public void Subscribe(SimSubscriber subscriber)
    {
        _subscribers.Add(subscriber);
        Record.Subscribers.Add(subscriber);
        Post(subscriber.Start);
    }

    public void Unsubscribe(SimSubscriber subscriber)
    {
        _subscribers.Remove(subscriber);
        Post(() =>
        {
            Node.Unsubscribe(subscriber.Subscriber, Time);
            subscriber.IsOver = true;
            World.Mutation.Unsubscribed(this, subscriber);
        });
    }

    /// <summary>A link's or a stream's driver, given the number of this one.</summary>
    public T Add<T>(Func<int, T> create)
        where T : Mailbox
    {
        var driver = create(++_ends);
        _links.Add(driver);
        return driver;
    }

    public void OnBatch(Link link, ReceivedBatch batch)
    {
        World.Oracle.Bringing(this, link, batch);
        var forgotten = Node.State.Counters.RemovalsForgotten;
        Node.OnBatch(link, batch, Time);
        if (Node.State.Counters.RemovalsForgotten > forgotten) World.Oracle.ForgotWhileTaking(this, link);
    }

    /// <summary>A driver is gone: its actor's death is the last notice of the link.</summary>
    public void Gone(Mailbox driver, Link link)
    {
        _links.Remove(driver);
        Post(() => Node.LinkGone(link, Time));
    }

    /// <summary>Its timers. They run as long as the process does; those of a frozen process do not fire.</summary>
    public void OnTimer()
    {
        if (Process.IsOver) return;
        World.Queue.Plan(World.Time + World.TickMicros, Happening.Tick, Index, this);
        if (Process.IsFrozen) return;
        if (World.Mutation.TicksLinks)
        {
            foreach (var driver in _links)
                if (driver is SimLink link) link.Post(link.Tick);
        }
        Post(_tick);
        Process.Run();
        World.Oracle.AfterTick(this);
    }

    protected override void Served()
    {
        World.Oracle.AfterStep(this);
        World.Mutation.Stepped(this);
        if (EachMessage == 0) return;
        _isBusy = true;
        World.Later(EachMessage, () =>
        {
            _isBusy = false;
            if (Waiting > 0) Process.MailCame(this);
            Process.Run();
        });
    }

    ulong INodeOutput.Random() => Random.NextULong();

    ILinkDriver INodeOutput.Dial(Link link, LinkSetup setup, string address) =>
        Add(number => new SimLink(this, number, link, setup, World.Network.IndexOf(address), null));

    ILinkDriver INodeOutput.Accept(Link link, LinkSetup setup, IHelloSender dialler) =>
        Add(number => new SimLink(this, number, link, setup, -1, ((HelloSender)dialler).End));

    // The oracle hears of every event from the event log.
    void INodeOutput.Raised(FloodEvent @event)
    {
    }

    void INodeOutput.ReceivedKey(FloodMessage message) => World.Oracle.Stored(this, message);

    void INodeOutput.Received(long from) => World.Oracle.Received(this, from);

    void INodeOutput.WakeAt(long time)
    {
        var wake = ++_wakes;
        World.Later(Math.Max(0, time - Now) * 1000, () =>
        {
            if (wake != _wakes || Process.IsOver || Process.IsFrozen) return;
            Post(_tick);
            Process.Run();
        });
    }

    void INodeOutput.Left() => World.Left(this);
}
