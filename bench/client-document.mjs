/** A client with twelve members, as a web application would send it. */
export const webClient = {
  client_name: 'Weather',
  client_uri: 'https://weather.example/',
  logo_uri: 'https://weather.example/logo.png',
  tos_uri: 'https://weather.example/terms',
  policy_uri: 'https://weather.example/privacy',
  redirect_uris: ['https://weather.example/callback', 'https://staging.weather.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
  scope: 'openid profile email offline_access',
  contacts: ['operations@weather.example'],
  software_id: '2f9f2b6c-5a3e-4a1d-9d43-6f0f3f1f7c11',
};

/** A service that gets tokens of its own. */
export const serviceClient = {
  client_name: 'Weather report',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: 'client_secret_basic',
};
