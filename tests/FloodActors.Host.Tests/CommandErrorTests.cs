namespace FloodActors.Host.Tests;

public sealed class CommandErrorTests(CommandErrorTests.SharedNode node) : IClassFixture<CommandErrorTests.SharedNode>
{
    [Theory]
    [InlineData("/nonsense", "'/nonsense' is not a command")]
    [InlineData("/connect here", "'here' is not the address of a node")]
    [InlineData("/connect", "'' is not the address of a node")]
    [InlineData("/disconnect nobody", "there is no peer 'nobody'")]
    [InlineData("/disconnect", "needs the id of a peer")]
    [InlineData("/peers all", "takes no argument")]
    public async Task A_command_that_cannot_be_is_one_clear_event(string line, string expected)
    {
        Assert.Contains(expected, (await node.Value.Ask(line, "error")).GetProperty("message").GetString(),
            StringComparison.Ordinal);
    }

    /// <summary>One node for the questions that change nothing.</summary>
    public sealed class SharedNode : IAsyncLifetime
    {
        internal NodeProcess Value { get; private set; } = null!;

        public async Task InitializeAsync() => Value = await NodeProcess.Start("shared");

        public async Task DisposeAsync() => await Value.DisposeAsync();
    }
}
