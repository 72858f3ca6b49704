// Nothing is kept in the browser, and nothing is asked of any other server.
window.SwaggerUIBundle({
  dom_id: '#api',
  url: '/api-json',
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
