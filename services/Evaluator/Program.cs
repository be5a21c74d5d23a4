using Graft.Evaluator;
using Graft.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.AddGraftHosting();
builder.AddEvaluator();

var app = builder.Build();
app.MapGraftHosting();
app.MapEvaluator();
await app.RunAsync();
