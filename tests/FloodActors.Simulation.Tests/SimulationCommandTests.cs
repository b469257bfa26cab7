using System.Text.Json;
using FloodActors.Simulation;

namespace FloodActors.Simulation.Tests;

public sealed class SimulationCommandTests
{
    private static (int Exit, string Output, string Error) Run(string line)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (SimulationCommand.Run(line.Split(' '), output, error), output.ToString(), error.ToString());
    }

    [Fact]
    public void A_lossy_partitioned_flood_reports_as_json_and_is_the_same_again()
    {
        const string Line =
            "--nodes 30 --topology random:4 --messages 40 --loss 0.05 --partition 2:3:0.4 --crash 3:2:7 --seed 9 "
            + "--json";
        var (exit, text, _) = Run(Line);
        Assert.Equal(0, exit);
        var report = JsonDocument.Parse(text).RootElement;
        Assert.Equal(30, report.GetProperty("nodesWithAll").GetInt32());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("broken").ValueKind);
        Assert.True(report.GetProperty("framesLost").GetInt64() > 0);
        Assert.Equal(report.GetProperty("trace").GetString(),
            JsonDocument.Parse(Run(Line).Output).RootElement.GetProperty("trace").GetString());
    }

    [Fact]
    public void A_direct_flood_prints_a_table()
    {
        var (exit, text, _) = Run("--nodes 1000 --messages 5 --direct");
        Assert.Equal(0, exit);
        Assert.Contains("duplicates per delivery   3.0", text);
    }

    [Theory]
    [InlineData("--nodes many", "--nodes takes a number from 1")]
    [InlineData("--nodes", "needs a value")]
    [InlineData("--speed 3", "unknown option '--speed'")]
    [InlineData("--topology web", "is no topology")]
    [InlineData("--loss 0.1 --direct", "no faults")]
    [InlineData("--crash 1:2:100", "no node 100")]
    public void Bad_usage_is_one_clear_line_and_exit_code_2(string line, string says)
    {
        var (exit, output, error) = Run(line);
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains(says, error);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public void Random_schedules_can_be_run_from_the_command_line()
    {
        var (exit, text, _) = Run("--schedules 3 --seed 5");
        Assert.Equal((0, "3 schedules from seed 5: 0 broke a guarantee"), (exit, text.Trim()));
    }
}
