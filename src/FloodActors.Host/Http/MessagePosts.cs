using Microsoft.AspNetCore.Http;

namespace FloodActors.Host.Http;

/// <summary>
/// <c>POST /api/messages</c>. Bodies are read concurrently, within one memory budget, each within its time limit; they
/// are turned into messages one at a time, because that takes several times their memory.
/// </summary>
internal sealed class MessagePosts(Flood flood, HttpSettings settings)
{
    private const string Usage = "Send application/json: {\"text\": \"...\"} or {\"json\": value}.";

    private readonly BodyBudget _budget = new(settings.BodyBytes);
    private readonly SemaphoreSlim _turn = new(1);

    public async Task Append(HttpContext context)
    {
        var request = context.Request;
        // Other sites can send forms and text without this site's consent, but not JSON.
        if (!request.HasJsonContentType())
        {
            await Replies.Plain(context, StatusCodes.Status415UnsupportedMediaType, Usage);
            return;
        }
        if (IsFromAnotherSite(request))
        {
            await Replies.Plain(context, StatusCodes.Status403Forbidden, "This comes from another site.");
            return;
        }
        var (append, refusal) = await Read(context);
        if (append is null)
        {
            // The rest of the body is not read.
            context.Response.Headers.Connection = "close";
            await Replies.Plain(context, refusal.Status, refusal.Text);
            return;
        }
        await Answer(context, await append);
    }

    private static bool IsFromAnotherSite(HttpRequest request) =>
        request.Headers.Origin is [{ Length: > 0 } origin]
        && (!Uri.TryCreate(origin, UriKind.Absolute, out var from) || from.Authority != request.Host.Value);

    /// <summary>The pending append, or why there is none.</summary>
    private async Task<(Task<AppendResult>? Append, (int Status, string Text) Refusal)> Read(HttpContext context)
    {
        using var body = new RequestBody(_budget, context.Request.BodyReader);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(settings.BodyTimeout);
        try
        {
            if (!await body.ReadAsync(patience.Token))
                return (null, (StatusCodes.Status503ServiceUnavailable,
                    $"The memory of this body was needed for others: together they have {settings.BodyBytes} bytes "
                    + "(flood-http.body-bytes). Send it again, faster."));
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return (null, (StatusCodes.Status408RequestTimeout,
                $"The body took longer than {settings.BodyTimeout.TotalSeconds} s (flood-http.body-timeout)."));
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, (e.StatusCode,
                $"A body has at most {settings.LargestBody(flood.Settings)} bytes: six times flood.max-message-size, "
                + "and not more than flood-http.body-bytes."));
        }
        await _turn.WaitAsync(context.RequestAborted);
        try
        {
            // The payload is encoded within the call, and then counts among the appends.
            return PostedMessage.Read(body.Bytes, flood.Settings.JsonMaxDepth) is { } payload
                ? (flood.AppendAsync(payload), default)
                : (null, (StatusCodes.Status400BadRequest, Usage));
        }
        finally
        {
            _turn.Release();
        }
    }

    private static Task Answer(HttpContext context, AppendResult result)
    {
        if (result is Rejected { Rejection: var rejection })
        {
            context.Response.StatusCode = rejection.Reason switch
            {
                RejectReason.Busy => StatusCodes.Status429TooManyRequests,
                RejectReason.Leaving => StatusCodes.Status503ServiceUnavailable,
                RejectReason.TooLarge => StatusCodes.Status413PayloadTooLarge,
                _ => StatusCodes.Status400BadRequest,
            };
            return Replies.Json(context, json =>
            {
                json.WriteString("rejected", rejection.Reason.ToString());
                json.WriteString("reason", rejection.Message);
            });
        }
        var appended = (Appended)result;
        return Replies.Json(context, json =>
        {
            json.WriteString("id", appended.Id.ToString());
            json.WriteBoolean("new", appended.IsNew);
        });
    }
}
