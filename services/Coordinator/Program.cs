using Graft.Coordinator;
using Graft.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.AddGraftHosting();
builder.AddCoordinator();
var app = builder.Build();
app.MapGraftHosting();
app.MapCoordinator();
app.Run();
