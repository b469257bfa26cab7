namespace FloodActors.Tests;

public sealed class HostPortTests
{
    [Theory]
    [InlineData("127.0.0.1:9000", "127.0.0.1", 9000)]
    [InlineData("0.0.0.0:0", "0.0.0.0", 0)]
    [InlineData("localhost:65535", "localhost", 65535)]
    [InlineData(" a-host.example.org:80 ", "a-host.example.org", 80)]
    [InlineData("my_service:80", "my_service", 80)]
    [InlineData("[::1]:9000", "::1", 9000)]
    [InlineData("[::]:9000", "::", 9000)]
    [InlineData("[2001:db8::7]:1", "2001:db8::7", 1)]
    [InlineData("[fe80::1%2]:1", "fe80::1%2", 1)]
    public void An_address_reads_as_its_host_and_port_and_prints_as_it_was_written(string text, string host, int port)
    {
        Assert.True(HostPort.TryParse(text, leastPort: 0, out var address, out var problem));
        Assert.Equal((new HostPort(host, port), ""), (address, problem));
        Assert.Equal(text.Trim(), address.ToString());
    }

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("  ", "empty")]
    [InlineData("nowhere", "the port is missing")]
    [InlineData("9000", "the port is missing")]
    [InlineData(":9000", "the host is missing")]
    [InlineData("host:", "'' is no port")]
    [InlineData("host:x", "'x' is no port")]
    [InlineData("host:+1", "'+1' is no port")]
    [InlineData("host:-1", "'-1' is no port")]
    [InlineData("host: 1", "' 1' is no port")]
    [InlineData("host:0", "from 1 to 65535")]
    [InlineData("host:65536", "from 1 to 65535")]
    [InlineData("::1:9000", "in brackets")]
    [InlineData("[::1]", "the port is missing")]
    [InlineData("[::1:9000", "the port is missing")]
    [InlineData("[host]:9000", "no IPv6 address")]
    [InlineData("[]:9000", "no IPv6 address")]
    [InlineData("a b:9000", "no host name")]
    [InlineData("http://host:9000", "in brackets")]
    [InlineData("user@host:9000", "no host name")]
    public void What_is_no_address_is_refused_with_what_to_write(string? text, string said)
    {
        Assert.False(HostPort.TryParse(text, leastPort: 1, out _, out var problem));
        Assert.Contains(said, problem, StringComparison.Ordinal);
    }
}
