using System.Text.Json;
using FloodActors.Host.Output;
using Microsoft.AspNetCore.Http;

namespace FloodActors.Host.Http;

/// <summary>The forms of the node's answers.</summary>
internal static class Replies
{
    public static Task Plain(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return Text(context, "text/plain; charset=utf-8", text + "\n");
    }

    public static Task Text(HttpContext context, string type, string text)
    {
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>One JSON object, whose fields <paramref name="write"/> writes.</summary>
    public static async Task Json(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, NodeJson.Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>Begins a stream of server-sent events.</summary>
    public static Task StartEvents(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        return context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
