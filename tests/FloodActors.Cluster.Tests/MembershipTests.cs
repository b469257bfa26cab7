using System.Collections.Immutable;
using System.Reflection;
using Akka.Actor;
using Akka.Cluster;
using Akka.Util;

namespace FloodActors.Cluster.Tests;

public sealed class MembershipTests
{
    private const string Other = "akka.tcp://flood@10.0.0.2:4053";

    [Theory]
    [InlineData(MemberStatus.Joining, false, false, false)]
    [InlineData(MemberStatus.WeaklyUp, true, true, false)]
    [InlineData(MemberStatus.Up, true, true, false)]
    [InlineData(MemberStatus.Leaving, false, true, false)]
    [InlineData(MemberStatus.Exiting, false, true, false)]
    [InlineData(MemberStatus.Down, false, false, true)]
    [InlineData(MemberStatus.Removed, false, false, true)]
    public void A_member_takes_part_as_its_status_says(MemberStatus status, bool active, bool member, bool gone)
    {
        var members = new Membership("akka.tcp://flood@10.0.0.1:4053", role: "");
        members.Apply(Of(MemberStatus.Up));
        Assert.Equal(gone, members.Apply(Of(status)));
        Assert.Equal(active, members.Active.Contains(Other));
        Assert.Equal(member, members.IsMember(Other));
    }

    [Fact]
    public void An_unreachable_member_goes_on_taking_part_until_it_is_gone()
    {
        var members = new Membership("akka.tcp://flood@10.0.0.1:4053", role: "");
        members.Apply(Of(MemberStatus.WeaklyUp));
        members.Reach(Of(MemberStatus.Up), reachable: false);
        Assert.Contains(Other, members.Active);
        Assert.Contains(Other, members.Unreachable);
        members.Reach(Of(MemberStatus.Up), reachable: true);
        Assert.Empty(members.Unreachable);
        members.Reach(Of(MemberStatus.Up), reachable: false);
        Assert.True(members.Apply(Of(MemberStatus.Down)));
        Assert.Empty(members.Unreachable);
        Assert.Empty(members.Active);
    }

    [Fact]
    public void Members_of_another_role_do_not_take_part()
    {
        var members = new Membership("akka.tcp://flood@10.0.0.1:4053", role: "prices");
        Assert.False(members.Apply(Of(MemberStatus.Up, "trades")));
        Assert.False(members.IsMember(Other));
        members.Apply(Of(MemberStatus.Up, "prices"));
        Assert.True(members.IsMember(Other));
    }

    /// <summary>Akka makes members for itself only.</summary>
    private static Member Of(MemberStatus status, params string[] roles)
    {
        var create = typeof(Member).GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
            .Single(m => m.Name == "Create" && m.GetParameters().Length == 5);
        return (Member)create.Invoke(
            null,
            [new UniqueAddress(Address.Parse(Other), 1), 1, status, roles.ToImmutableHashSet(), AppVersion.Zero])!;
    }
}
